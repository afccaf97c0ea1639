// Calls to others over HTTP and HTTPS: providers, agents, the LLM. What went wrong is a value that says
// whether the request can have reached them, because a text that may have gone must not go again blindly.
#pragma once

#include <chrono>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <stop_token>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include "orchestrator/secret.hpp"

namespace orchestrator::net {

struct HttpRequest {
  struct Login {  // HTTP basic authentication
    std::string user;
    Secret password;
  };

  std::string method = "GET";
  std::string url = {};  // http or https; may contain a query
  std::vector<std::pair<std::string, std::string>> headers = {};
  std::string body = {};
  std::optional<Login> login = {};
  std::chrono::milliseconds connect_timeout{5'000};       // name, connection and TLS handshake together
  std::chrono::milliseconds timeout{15'000};              // the whole call
  std::size_t max_response_bytes = std::size_t{1} << 20;  // head and body
};

struct HttpAnswer {
  int status = 0;
  std::map<std::string, std::string> headers = {};  // names in lower case; of repeated ones the last
  std::string body = {};

  // "" when there is none.
  std::string header(const std::string& lower_case_name) const;

  // Of Retry-After in seconds; none when it is missing, a date, or not a number.
  std::optional<std::chrono::seconds> retry_after() const;
};

struct HttpFailure {
  enum class Kind {
    not_sent,    // not a byte of the request has left: no such host, no connection, no TLS, or not a request
    no_answer,   // it may have arrived: time-out, reset or stop once it was on its way
    bad_answer,  // it has arrived; the answer is too large or not HTTP
  };
  Kind kind = Kind::not_sent;
  std::string detail = {};  // for the log
};

using HttpResult = std::variant<HttpAnswer, HttpFailure>;

// Safe for concurrent use; connections are kept for a few seconds between calls and never shared by two.
// Certificates are verified, redirects not followed. A request other than GET is never put on the wire a
// second time, not even when a kept connection turns out to be dead. Uses the proxy that the environment
// names, as curl does.
class HttpClient {
 public:
  HttpClient();
  ~HttpClient();
  HttpClient(const HttpClient&) = delete;
  HttpClient& operator=(const HttpClient&) = delete;

  // Returns within the request's time-out, or about a second after a stop is asked for. Network failures
  // are values; throws only std::bad_alloc.
  HttpResult perform(const HttpRequest& request, const std::stop_token& stop = {});

 private:
  class Handle;
  std::unique_ptr<Handle> take();
  void give_back(std::unique_ptr<Handle> handle);

  std::mutex mutex_;  // guards idle_
  std::vector<std::unique_ptr<Handle>> idle_;
};

}  // namespace orchestrator::net
