#include "net/http_client.hpp"

#include <curl/curl.h>

#include <algorithm>
#include <charconv>
#include <new>

namespace orchestrator::net {
namespace {

// Servers close connections that idle for 5 s or more: whoever writes to one just then learns nothing of
// what became of it.
constexpr long kKeepIdleSeconds = 3;

constexpr const char* kSpace = " \t\r\n";

std::string trimmed(const std::string& text) {
  const std::size_t first = text.find_first_not_of(kSpace);
  if (first == std::string::npos) return "";
  return text.substr(first, text.find_last_not_of(kSpace) - first + 1);
}

std::string lower_case(std::string text) {
  for (char& character : text) {
    if (character >= 'A' && character <= 'Z') character = static_cast<char>(character - 'A' + 'a');
  }
  return text;
}

bool is_control(char character) {
  const auto code = static_cast<unsigned char>(character);
  return (code < ' ' && character != '\t') || code == 0x7F;
}

// RFC 9110 section 5.6.2
bool is_token(const std::string& text) {
  constexpr const char* allowed =
      "!#$%&'*+-.^_`|~0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ";
  return !text.empty() && text.find_first_not_of(allowed) == std::string::npos;
}

// What must not go into a request's head, in words; "" when there is nothing.
std::string objection_to(const HttpRequest& request) {
  if (!is_token(request.method)) return "not a method";
  const auto is_bad_in_url = [](char character) { return character == ' ' || is_control(character); };
  if (request.url.empty() || std::ranges::any_of(request.url, is_bad_in_url)) return "not a URL";
  for (const auto& [name, value] : request.headers) {
    if (!is_token(name)) return "not the name of a header";
    if (std::ranges::any_of(value, is_control)) return "a control character in the header " + name;
  }
  return "";
}

struct Slist {
  ~Slist() { curl_slist_free_all(lines); }
  void add(const std::string& line) {
    curl_slist* longer = curl_slist_append(lines, line.c_str());
    if (longer == nullptr) throw std::bad_alloc();
    lines = longer;
  }
  curl_slist* lines = nullptr;
};

// One call, as curl's callbacks see it.
struct Exchange {
  HttpAnswer answer = {};
  std::size_t received = 0;
  std::size_t max_bytes = 0;
  bool is_idempotent = false;
  bool is_too_large = false;
  bool is_on_its_way = false;
  bool has_whole_head = false;
  const std::stop_token* stop = nullptr;

  bool count(std::size_t bytes) {
    received += bytes;
    is_too_large = received > max_bytes;
    return !is_too_large;
  }
};

std::size_t on_body(char* data, std::size_t, std::size_t size, void* context) {
  auto& exchange = *static_cast<Exchange*>(context);
  if (!exchange.count(size)) return 0;
  exchange.answer.body.append(data, size);
  return size;
}

std::size_t on_header(char* data, std::size_t, std::size_t size, void* context) {
  auto& exchange = *static_cast<Exchange*>(context);
  if (!exchange.count(size)) return 0;
  const std::string line(data, size);
  // The head of an interim answer (100) comes first.
  if (line.starts_with("HTTP/")) {
    exchange.answer.headers.clear();
    exchange.has_whole_head = false;
  }
  if (trimmed(line).empty()) exchange.has_whole_head = true;
  const std::size_t colon = line.find(':');
  if (colon != std::string::npos) {
    exchange.answer.headers[lower_case(line.substr(0, colon))] = trimmed(line.substr(colon + 1));
  }
  return size;
}

int on_progress(void* context, curl_off_t, curl_off_t, curl_off_t, curl_off_t) {
  return static_cast<Exchange*>(context)->stop->stop_requested() ? 1 : 0;
}

// Connected, nothing sent yet. A second time only when curl would repeat a request whose kept connection has
// died, and that may have arrived.
int on_connected(void* context, char*, char*, int, int) {
  auto& exchange = *static_cast<Exchange*>(context);
  if (exchange.is_on_its_way && !exchange.is_idempotent) return CURL_PREREQFUNC_ABORT;
  exchange.is_on_its_way = true;
  return CURL_PREREQFUNC_OK;
}

HttpFailure failure_of(CURLcode code, const Exchange& exchange, const char* detail) {
  const std::string words = *detail != '\0' ? detail : curl_easy_strerror(code);
  if (!exchange.is_on_its_way) return {HttpFailure::Kind::not_sent, words};
  const bool is_garbled = code == CURLE_WEIRD_SERVER_REPLY || code == CURLE_UNSUPPORTED_PROTOCOL;
  if (exchange.is_too_large) return {HttpFailure::Kind::bad_answer, "the answer is too large"};
  if (is_garbled) return {HttpFailure::Kind::bad_answer, words};
  return {HttpFailure::Kind::no_answer, words};
}

// Once in the life of the process; threads may follow.
void initialise_curl() {
  static const bool done = curl_global_init(CURL_GLOBAL_DEFAULT) == CURLE_OK;
  if (!done) throw std::bad_alloc();
}

}  // namespace

// A curl handle and the connections that it keeps.
class HttpClient::Handle {
 public:
  Handle() : curl_(curl_easy_init()) {
    if (curl_ == nullptr) throw std::bad_alloc();
  }
  ~Handle() { curl_easy_cleanup(curl_); }
  Handle(const Handle&) = delete;
  Handle& operator=(const Handle&) = delete;

  HttpResult perform(const HttpRequest& request, const std::stop_token& stop) {
    Exchange exchange;
    exchange.max_bytes = request.max_response_bytes;
    exchange.is_idempotent = request.method == "GET" || request.method == "HEAD";
    exchange.stop = &stop;
    Slist headers;
    for (const auto& [name, value] : request.headers) headers.add(name + ": " + value);
    headers.add("Expect:");  // curl would wait for a 100 before it sends a longer body
    char detail[CURL_ERROR_SIZE] = "";

    curl_easy_reset(curl_);
    set(CURLOPT_ERRORBUFFER, detail);
    set(CURLOPT_HTTPHEADER, headers.lines);
    set_safety();
    set_request(request);
    set_callbacks(exchange);
    const CURLcode code = curl_easy_perform(curl_);
    if (code != CURLE_OK) return failure_of(code, exchange, detail);
    // curl is content with a head that was cut off.
    if (!exchange.has_whole_head) return failure_of(CURLE_PARTIAL_FILE, exchange, detail);
    long status = 0;
    curl_easy_getinfo(curl_, CURLINFO_RESPONSE_CODE, &status);
    exchange.answer.status = static_cast<int>(status);
    return std::move(exchange.answer);
  }

 private:
  template <class Value>
  void set(CURLoption option, Value value) {
    curl_easy_setopt(curl_, option, value);
  }

  void set_safety() {
    set(CURLOPT_NOSIGNAL, 1L);
    set(CURLOPT_PROTOCOLS_STR, "http,https");
    set(CURLOPT_FOLLOWLOCATION, 0L);
    set(CURLOPT_SSL_VERIFYPEER, 1L);
    set(CURLOPT_SSL_VERIFYHOST, 2L);
    set(CURLOPT_HTTP_VERSION, static_cast<long>(CURL_HTTP_VERSION_1_1));
    set(CURLOPT_MAXAGE_CONN, kKeepIdleSeconds);
    set(CURLOPT_USERAGENT, "message-orchestrator");
  }

  void set_request(const HttpRequest& request) {
    set(CURLOPT_URL, request.url.c_str());
    if (request.method == "HEAD") set(CURLOPT_NOBODY, 1L);
    if (request.method != "GET" && request.method != "HEAD") {
      set(CURLOPT_POSTFIELDSIZE_LARGE, static_cast<curl_off_t>(request.body.size()));
      set(CURLOPT_POSTFIELDS, request.body.c_str());
    }
    set(CURLOPT_CUSTOMREQUEST, request.method.c_str());
    set(CURLOPT_CONNECTTIMEOUT_MS, static_cast<long>(request.connect_timeout.count()));
    set(CURLOPT_TIMEOUT_MS, static_cast<long>(request.timeout.count()));
    if (!request.login) return;
    set(CURLOPT_HTTPAUTH, static_cast<long>(CURLAUTH_BASIC));
    set(CURLOPT_USERNAME, request.login->user.c_str());
    set(CURLOPT_PASSWORD, request.login->password.reveal().c_str());
  }

  void set_callbacks(Exchange& exchange) {
    set(CURLOPT_WRITEFUNCTION, &on_body);
    set(CURLOPT_WRITEDATA, &exchange);
    set(CURLOPT_HEADERFUNCTION, &on_header);
    set(CURLOPT_HEADERDATA, &exchange);
    set(CURLOPT_PREREQFUNCTION, &on_connected);
    set(CURLOPT_PREREQDATA, &exchange);
    set(CURLOPT_NOPROGRESS, 0L);
    set(CURLOPT_XFERINFOFUNCTION, &on_progress);
    set(CURLOPT_XFERINFODATA, &exchange);
  }

  CURL* const curl_;
};

std::string HttpAnswer::header(const std::string& lower_case_name) const {
  const auto found = headers.find(lower_case_name);
  return found == headers.end() ? "" : found->second;
}

std::optional<std::chrono::seconds> HttpAnswer::retry_after() const {
  const std::string text = header("retry-after");
  std::int64_t seconds = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), seconds);
  constexpr std::int64_t longest = 24 * 60 * 60;
  if (error != std::errc{} || end != text.data() + text.size() || seconds < 0) return std::nullopt;
  return std::chrono::seconds{std::min(seconds, longest)};
}

HttpClient::HttpClient() { initialise_curl(); }

HttpClient::~HttpClient() = default;

std::unique_ptr<HttpClient::Handle> HttpClient::take() {
  {
    const std::lock_guard lock(mutex_);
    if (!idle_.empty()) {
      auto handle = std::move(idle_.back());
      idle_.pop_back();
      return handle;
    }
  }
  return std::make_unique<Handle>();
}

void HttpClient::give_back(std::unique_ptr<Handle> handle) {
  const std::lock_guard lock(mutex_);
  idle_.push_back(std::move(handle));
}

HttpResult HttpClient::perform(const HttpRequest& request, const std::stop_token& stop) {
  if (const std::string objection = objection_to(request); !objection.empty()) {
    return HttpFailure{HttpFailure::Kind::not_sent, objection};
  }
  auto handle = take();
  HttpResult result = handle->perform(request, stop);
  give_back(std::move(handle));
  return result;
}

}  // namespace orchestrator::net
