// A server that does as a test says, misbehaviour included: what providers, agents and the LLM are in tests.
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
  int connection = 0;                       // which one it came over; the first is 1
};

struct ScriptedReply {
  enum class Kind {
    answer,
    hang,     // no answer until the client goes away or the server ends
    reset,    // the connection is reset, though the request was read
    cut_off,  // half of the answer, then the connection is closed
    garbage,  // something that is not HTTP
  };
  Kind kind = Kind::answer;
  int status = 200;
  std::string body = "{}";
  std::map<std::string, std::string> headers = {};
};

// Listens from construction to destruction; connections are kept alive, each has a thread.
class ScriptedServer {
 public:
  // Called from many threads at once; may block as long as it likes.
  using Script = std::function<ScriptedReply(const SeenRequest&)>;

  explicit ScriptedServer(Script script);
  ~ScriptedServer();
  ScriptedServer(const ScriptedServer&) = delete;
  ScriptedServer& operator=(const ScriptedServer&) = delete;

  std::string url() const;  // "http://127.0.0.1:PORT"

  // Every request so far, in the order in which they were read.
  std::vector<SeenRequest> requests() const;

 private:
  void accept_all();
  void serve(int descriptor, int connection);
  bool reply(int descriptor, const ScriptedReply& reply) const;

  const Script script_;
  server::Listener listener_{"127.0.0.1", 0};
  mutable std::mutex mutex_;  // guards the two below
  std::vector<SeenRequest> requests_;
  std::list<server::Socket> sockets_;
  std::list<std::thread> threads_;  // of the acceptor's thread
  std::thread acceptor_;
};

// "a%20b+c" → "a b c"
std::string url_decoded(const std::string& text);

// The other side of net::form_encoded; of repeated fields the last.
std::map<std::string, std::string> form_decoded(const std::string& text);

}  // namespace orchestrator::support
