// A server scripted by a test, misbehaviour included: stands in for providers, agents and the LLM.
#pragma once

#include <functional>
#include <list>
#include <map>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include "server/socket.hpp"

namespace orchestrator::support {

struct SeenRequest {
  std::string method;
  std::string path;                            // without the query
  std::map<std::string, std::string> headers;  // names in lower case
  std::map<std::string, std::string> query;    // decoded
  std::string body;
  std::map<std::string, std::string> form;  // of the body, decoded
  int connection = 0;                       // the number of the connection, from 1
};

struct ScriptedReply {
  enum class Kind {
    answer,
    hang,     // no response until the client disconnects or the server stops
    reset,    // the request is read, then the connection is reset
    cut_off,  // half of the response, then the connection is closed
    garbage,  // bytes that are not HTTP
  };
  Kind kind = Kind::answer;
  int status = 200;
  std::string body = "{}";
  std::map<std::string, std::string> headers = {};
};

// Listens from construction to destruction; keep-alive, one thread per connection.
class ScriptedServer {
 public:
  // Called from many threads at once; may block.
  using Script = std::function<ScriptedReply(const SeenRequest&)>;

  explicit ScriptedServer(Script script);
  ~ScriptedServer();
  ScriptedServer(const ScriptedServer&) = delete;
  ScriptedServer& operator=(const ScriptedServer&) = delete;

  std::string url() const;  // "http://127.0.0.1:PORT"

  // All requests so far, in the order in which they were read.
  std::vector<SeenRequest> requests() const;

 private:
  void accept_all();
  void serve(int descriptor, int connection);
  bool reply(int descriptor, const ScriptedReply& reply) const;

  const Script script_;
  server::Listener listener_{"127.0.0.1", 0};
  mutable std::mutex mutex_;  // guards the two members below
  std::vector<SeenRequest> requests_;
  std::list<server::Socket> sockets_;
  std::list<std::thread> threads_;  // used by the acceptor's thread only
  std::thread acceptor_;
};

// "a%20b+c" → "a b c"
std::string url_decoded(const std::string& text);

// The inverse of text::form_encode; the last of repeated fields counts.
std::map<std::string, std::string> form_decoded(const std::string& text);

}  // namespace orchestrator::support
