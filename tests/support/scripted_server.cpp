#include "support/scripted_server.hpp"

#include <sys/socket.h>

#include <optional>
#include <sstream>

namespace orchestrator::support {
namespace {

std::string lower_case(std::string text) {
  for (char& character : text) character = static_cast<char>(std::tolower(character));
  return text;
}

SeenRequest request_from(const std::string& head) {
  std::istringstream lines(head);
  SeenRequest request;
  std::string target;
  lines >> request.method >> target;
  const std::size_t question = target.find('?');
  request.path = target.substr(0, question);
  if (question != std::string::npos) request.query = form_decoded(target.substr(question + 1));
  std::string line;
  std::getline(lines, line);
  while (std::getline(lines, line) && line != "\r") {
    const std::size_t colon = line.find(':');
    request.headers[lower_case(line.substr(0, colon))] = line.substr(colon + 2, line.size() - colon - 3);
  }
  return request;
}

// Reads the next request of a connection; `unread` holds the bytes that followed the previous one.
std::optional<SeenRequest> read_request(int descriptor, std::string& unread) {
  std::optional<SeenRequest> request;
  std::size_t body_begins = 0;
  std::size_t length = 0;
  while (true) {
    if (!request && unread.find("\r\n\r\n") != std::string::npos) {
      body_begins = unread.find("\r\n\r\n") + 4;
      request = request_from(unread.substr(0, body_begins));
      const auto stated = request->headers.find("content-length");
      length = stated == request->headers.end() ? 0 : std::stoul(stated->second);
    }
    if (request && unread.size() >= body_begins + length) {
      request->body = unread.substr(body_begins, length);
      request->form = form_decoded(request->body);
      unread.erase(0, body_begins + length);
      return request;
    }
    char buffer[4096];
    const ssize_t got = recv(descriptor, buffer, sizeof buffer, 0);
    if (got <= 0) return std::nullopt;
    unread.append(buffer, static_cast<std::size_t>(got));
  }
}

std::string answer_text(const ScriptedReply& reply) {
  std::string text = "HTTP/1.1 " + std::to_string(reply.status) +
                     " Scripted\r\nContent-Length: " + std::to_string(reply.body.size()) + "\r\n";
  for (const auto& [name, value] : reply.headers) text += name + ": " + value + "\r\n";
  return text + "\r\n" + reply.body;
}

void send_all(int descriptor, const std::string& text) {
  std::size_t sent = 0;
  while (sent < text.size()) {
    const ssize_t more = send(descriptor, text.data() + sent, text.size() - sent, MSG_NOSIGNAL);
    if (more <= 0) return;
    sent += static_cast<std::size_t>(more);
  }
}

void reset_when_closed(int descriptor) {
  const linger at_once{1, 0};
  setsockopt(descriptor, SOL_SOCKET, SO_LINGER, &at_once, sizeof at_once);
}

void wait_until_closed(int descriptor) {
  char byte = 0;
  while (recv(descriptor, &byte, 1, 0) > 0) {
  }
}

}  // namespace

std::string url_decoded(const std::string& text) {
  std::string decoded;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '%') {
      decoded += static_cast<char>(std::stoi(text.substr(i + 1, 2), nullptr, 16));
      i += 2;
    } else {
      decoded += text[i] == '+' ? ' ' : text[i];
    }
  }
  return decoded;
}

std::map<std::string, std::string> form_decoded(const std::string& text) {
  std::map<std::string, std::string> fields;
  std::istringstream pairs(text);
  std::string pair;
  while (std::getline(pairs, pair, '&')) {
    const std::size_t equals = pair.find('=');
    if (equals == std::string::npos) continue;
    try {
      fields[url_decoded(pair.substr(0, equals))] = url_decoded(pair.substr(equals + 1));
    } catch (const std::exception&) {
      return {};  // not a form
    }
  }
  return fields;
}

ScriptedServer::ScriptedServer(Script script)
    : script_(std::move(script)), acceptor_([this] { accept_all(); }) {}

ScriptedServer::~ScriptedServer() {
  listener_.stop();
  acceptor_.join();
  {
    const std::lock_guard lock(mutex_);
    for (const auto& socket : sockets_) shutdown(socket.descriptor(), SHUT_RDWR);
  }
  for (auto& thread : threads_) thread.join();
}

std::string ScriptedServer::url() const { return "http://127.0.0.1:" + std::to_string(listener_.port()); }

std::vector<SeenRequest> ScriptedServer::requests() const {
  const std::lock_guard lock(mutex_);
  return requests_;
}

void ScriptedServer::accept_all() {
  int connections = 0;
  while (true) {
    server::Socket socket = listener_.accept();
    if (!socket.is_open()) return;
    const int descriptor = socket.descriptor();
    {
      const std::lock_guard lock(mutex_);
      sockets_.push_back(std::move(socket));
    }
    threads_.emplace_back([this, descriptor, connection = ++connections] { serve(descriptor, connection); });
  }
}

void ScriptedServer::serve(int descriptor, int connection) {
  std::string unread;
  while (auto request = read_request(descriptor, unread)) {
    request->connection = connection;
    {
      const std::lock_guard lock(mutex_);
      requests_.push_back(*request);
    }
    if (!reply(descriptor, script_(*request))) break;
  }
  const std::lock_guard lock(mutex_);
  std::erase_if(sockets_, [&](const server::Socket& socket) { return socket.descriptor() == descriptor; });
}

// Returns whether the connection stays open.
bool ScriptedServer::reply(int descriptor, const ScriptedReply& reply) const {
  switch (reply.kind) {
    case ScriptedReply::Kind::answer:
      send_all(descriptor, answer_text(reply));
      return true;
    case ScriptedReply::Kind::hang:
      wait_until_closed(descriptor);
      return false;
    case ScriptedReply::Kind::reset:
      reset_when_closed(descriptor);
      return false;
    case ScriptedReply::Kind::cut_off: {
      const std::string text = answer_text(reply);
      send_all(descriptor, text.substr(0, text.size() / 2));
      return false;
    }
    case ScriptedReply::Kind::garbage:
      send_all(descriptor, "this is not HTTP\r\n\r\n");
      return false;
  }
  std::abort();
}

}  // namespace orchestrator::support
