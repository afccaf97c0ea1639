#include "net/http_client.hpp"

#include <curl/curl.h>

#include <algorithm>
#include <charconv>
#include <new>

#include "text/ascii.hpp"
#include "text/http_syntax.hpp"

namespace orchestrator::net {
namespace {

// Servers close connections that are idle for 5 s or more. A request that is sent while the server closes the
// connection has an unknown outcome, so connections are dropped earlier.
constexpr long kKeepIdleSeconds = 3;

// Why the request head would be malformed; "" when it is not.
std::string find_problem(const HttpRequest& request) {
  if (!text::is_http_token(request.method)) return "the method is not a token";
  const bool is_url = !request.url.empty() && text::is_http_field_value(request.url) &&
                      request.url.find(' ') == std::string::npos;
  if (!is_url) return "the URL is empty or contains spaces or control characters";
  for (const auto& [name, value] : request.headers) {
    if (!text::is_http_token(name)) return "the name of a header is not a token";
    if (!text::is_http_field_value(value)) return "a control character in the header " + name;
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

// The state of one call that curl's callbacks share.
struct Transfer {
  HttpAnswer answer = {};
  std::size_t received = 0;
  std::size_t max_bytes = 0;
  bool is_idempotent = false;
  bool is_too_large = false;
  bool is_sending = false;  // the request may have reached the server
  bool has_whole_head = false;
  const std::stop_token* stop = nullptr;

  bool count(std::size_t bytes) {
    received += bytes;
    is_too_large = received > max_bytes;
    return !is_too_large;
  }
};

std::size_t on_body(char* data, std::size_t, std::size_t size, void* context) {
  auto& transfer = *static_cast<Transfer*>(context);
  if (!transfer.count(size)) return 0;
  transfer.answer.body.append(data, size);
  return size;
}

std::size_t on_header(char* data, std::size_t, std::size_t size, void* context) {
  auto& transfer = *static_cast<Transfer*>(context);
  if (!transfer.count(size)) return 0;
  const std::string_view line(data, size);
  // The head of an interim response (100) precedes the final one.
  if (line.starts_with("HTTP/")) {
    transfer.answer.headers.clear();
    transfer.has_whole_head = false;
  }
  if (text::trim(line).empty()) transfer.has_whole_head = true;
  const std::size_t colon = line.find(':');
  if (colon != std::string_view::npos) {
    transfer.answer.headers[text::to_lower(line.substr(0, colon))] = text::trim(line.substr(colon + 1));
  }
  return size;
}

int on_progress(void* context, curl_off_t, curl_off_t, curl_off_t, curl_off_t) {
  return static_cast<Transfer*>(context)->stop->stop_requested() ? 1 : 0;
}

// curl calls this once connected and before it sends. A second call means that curl is about to repeat a
// request because its kept connection died; the first copy may have arrived.
int on_connected(void* context, char*, char*, int, int) {
  auto& transfer = *static_cast<Transfer*>(context);
  if (transfer.is_sending && !transfer.is_idempotent) return CURL_PREREQFUNC_ABORT;
  transfer.is_sending = true;
  return CURL_PREREQFUNC_OK;
}

HttpFailure failure_of(CURLcode code, const Transfer& transfer, const char* detail) {
  const std::string text = *detail != '\0' ? detail : curl_easy_strerror(code);
  if (!transfer.is_sending) return {HttpFailure::Kind::not_sent, text};
  const bool is_garbled = code == CURLE_WEIRD_SERVER_REPLY || code == CURLE_UNSUPPORTED_PROTOCOL;
  if (transfer.is_too_large) return {HttpFailure::Kind::bad_answer, "the response is too large"};
  if (is_garbled) return {HttpFailure::Kind::bad_answer, text};
  return {HttpFailure::Kind::no_answer, text};
}

// Runs once per process; concurrent callers wait for the first.
void initialise_curl() {
  static const bool done = curl_global_init(CURL_GLOBAL_DEFAULT) == CURLE_OK;
  if (!done) throw std::bad_alloc();
}

}  // namespace

// A curl handle and the connections that it keeps open.
class HttpClient::Handle {
 public:
  Handle() : curl_(curl_easy_init()) {
    if (curl_ == nullptr) throw std::bad_alloc();
  }
  ~Handle() { curl_easy_cleanup(curl_); }
  Handle(const Handle&) = delete;
  Handle& operator=(const Handle&) = delete;

  HttpResult perform(const HttpRequest& request, const std::stop_token& stop) {
    Transfer transfer;
    transfer.max_bytes = request.max_response_bytes;
    transfer.is_idempotent = request.method == "GET" || request.method == "HEAD";
    transfer.stop = &stop;
    Slist headers;
    for (const auto& [name, value] : request.headers) headers.add(name + ": " + value);
    headers.add("Expect:");  // else curl waits for a 100 before it sends a long body
    char detail[CURL_ERROR_SIZE] = "";

    curl_easy_reset(curl_);
    set(CURLOPT_ERRORBUFFER, detail);
    set(CURLOPT_HTTPHEADER, headers.lines);
    set_safety();
    set_request(request);
    set_callbacks(transfer);
    const CURLcode code = curl_easy_perform(curl_);
    if (code != CURLE_OK) return failure_of(code, transfer, detail);
    // curl reports success for a response head that was cut off.
    if (!transfer.has_whole_head) return failure_of(CURLE_PARTIAL_FILE, transfer, detail);
    long status = 0;
    curl_easy_getinfo(curl_, CURLINFO_RESPONSE_CODE, &status);
    transfer.answer.status = static_cast<int>(status);
    return std::move(transfer.answer);
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

  void set_callbacks(Transfer& transfer) {
    set(CURLOPT_WRITEFUNCTION, &on_body);
    set(CURLOPT_WRITEDATA, &transfer);
    set(CURLOPT_HEADERFUNCTION, &on_header);
    set(CURLOPT_HEADERDATA, &transfer);
    set(CURLOPT_PREREQFUNCTION, &on_connected);
    set(CURLOPT_PREREQDATA, &transfer);
    set(CURLOPT_NOPROGRESS, 0L);
    set(CURLOPT_XFERINFOFUNCTION, &on_progress);
    set(CURLOPT_XFERINFODATA, &transfer);
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

std::unique_ptr<HttpClient::Handle> HttpClient::acquire() {
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

void HttpClient::release(std::unique_ptr<Handle> handle) {
  const std::lock_guard lock(mutex_);
  idle_.push_back(std::move(handle));
}

HttpResult HttpClient::perform(const HttpRequest& request, const std::stop_token& stop) {
  if (const std::string problem = find_problem(request); !problem.empty()) {
    return HttpFailure{HttpFailure::Kind::not_sent, problem};
  }
  auto handle = acquire();
  HttpResult result = handle->perform(request, stop);
  release(std::move(handle));
  return result;
}

}  // namespace orchestrator::net
