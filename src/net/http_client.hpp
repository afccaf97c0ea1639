// An HTTP and HTTPS client for calls to providers, agents and the LLM. A failure is a value that tells
// whether the request can have reached the server, because a message that may have been delivered must not be
// sent again blindly.
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
  std::chrono::milliseconds connect_timeout{5'000};  // name lookup, connection and TLS handshake together
  std::chrono::milliseconds timeout{15'000};         // the whole call
  std::size_t max_response_bytes = std::size_t{1} << 20;  // head and body together
};

struct HttpAnswer {
  int status = 0;
  std::map<std::string, std::string> headers =
      {};  // names in lower case; the last value of a repeated header
  std::string body = {};

  // The value of a header; "" when it is missing.
  std::string header(const std::string& lower_case_name) const;

  // Retry-After in seconds, at most a day. Nothing when the header is missing, a date, or not a number.
  std::optional<std::chrono::seconds> retry_after() const;
};

struct HttpFailure {
  enum class Kind {
    not_sent,    // no byte of the request was sent: invalid request, no such host, no connection, no TLS
    no_answer,   // the request may have arrived: time-out, reset or stop after sending began
    bad_answer,  // the request arrived, but the response is too large or not HTTP
  };
  Kind kind = Kind::not_sent;
  std::string detail = {};  // for the log
};

using HttpResult = std::variant<HttpAnswer, HttpFailure>;

// Safe for concurrent use. Connections are kept open for a few seconds between calls; no two calls share one
// at the same time. Certificates are verified, redirects are not followed. A request other than GET or HEAD
// is never sent twice, not even when a kept connection turns out to be dead. Uses the proxy that the
// environment variables of curl configure.
class HttpClient {
 public:
  HttpClient();
  ~HttpClient();
  HttpClient(const HttpClient&) = delete;
  HttpClient& operator=(const HttpClient&) = delete;

  // Returns within the request's time-out, or about a second after `stop` is requested. Network failures are
  // values; throws only std::bad_alloc.
  HttpResult perform(const HttpRequest& request, const std::stop_token& stop = {});

 private:
  class Handle;
  std::unique_ptr<Handle> acquire();
  void release(std::unique_ptr<Handle> handle);

  std::mutex mutex_;  // guards idle_
  std::vector<std::unique_ptr<Handle>> idle_;
};

}  // namespace orchestrator::net
