#include "support/raw_client.hpp"

#include <arpa/inet.h>
#include <gtest/gtest.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <sys/time.h>

#include <algorithm>
#include <array>
#include <cctype>
#include <stdexcept>

#include "support/sanitizers.hpp"

namespace orchestrator::support {

namespace {

using std::chrono::steady_clock;

std::string lower_case(std::string text) {
  std::ranges::transform(text, text.begin(),
                         [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
  return text;
}

Answer parse_answer_head(std::string_view head) {
  Answer answer;
  answer.status = std::stoi(std::string(head.substr(head.find(' ') + 1, 3)));
  std::size_t line = head.find("\r\n") + 2;
  while (line < head.size()) {
    const std::size_t end = head.find("\r\n", line);
    const std::string_view header = head.substr(line, end - line);
    const std::size_t colon = header.find(": ");
    if (colon != std::string_view::npos) {
      answer.headers[lower_case(std::string(header.substr(0, colon)))] = header.substr(colon + 2);
    }
    line = end + 2;
  }
  return answer;
}

}  // namespace

RawClient::RawClient(int port) : socket_(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
  const timeval limit{.tv_sec = 5 * support::kSlowness, .tv_usec = 0};
  ::setsockopt(socket_.descriptor(), SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof limit);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(static_cast<in_port_t>(port));
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  if (::connect(socket_.descriptor(), reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0) {
    throw std::runtime_error("cannot connect");
  }
}

void RawClient::send(std::string_view bytes) {
  while (!bytes.empty()) {
    const ssize_t sent = ::send(socket_.descriptor(), bytes.data(), bytes.size(), MSG_NOSIGNAL);
    if (sent <= 0) return;  // the server has closed; its response can still be read
    bytes.remove_prefix(static_cast<std::size_t>(sent));
  }
}

bool RawClient::send_now(std::string_view bytes) {
  const ssize_t sent = ::send(socket_.descriptor(), bytes.data(), bytes.size(), MSG_NOSIGNAL | MSG_DONTWAIT);
  return sent == static_cast<ssize_t>(bytes.size());
}

void RawClient::stop_sending() { ::shutdown(socket_.descriptor(), SHUT_WR); }

std::optional<Answer> RawClient::read_answer(bool to_head) {
  std::size_t head_end = 0;
  while ((head_end = inbox_.find("\r\n\r\n")) == std::string::npos) {
    if (!receive()) return std::nullopt;
  }
  Answer answer = parse_answer_head(std::string_view(inbox_).substr(0, head_end + 2));
  inbox_.erase(0, head_end + 4);
  if (to_head || !answer.headers.contains("content-length")) return answer;
  const std::size_t length = std::stoul(answer.headers["content-length"]);
  while (inbox_.size() < length) {
    if (!receive()) return std::nullopt;
  }
  answer.body = inbox_.substr(0, length);
  inbox_.erase(0, length);
  return answer;
}

bool RawClient::read_until(std::string_view text) {
  std::size_t found = 0;
  while ((found = inbox_.find(text)) == std::string::npos) {
    if (!receive()) return false;
  }
  inbox_.erase(0, found + text.size());
  return true;
}

std::string RawClient::read_until_closed() {
  const auto began = steady_clock::now();
  while (receive()) {
  }
  EXPECT_LT(steady_clock::now() - began, std::chrono::seconds{4 * support::kSlowness})
      << "the server did not close";
  return std::exchange(inbox_, {});
}

std::chrono::milliseconds RawClient::time_until_closed() {
  const auto began = steady_clock::now();
  while (receive()) {
  }
  return std::chrono::duration_cast<std::chrono::milliseconds>(steady_clock::now() - began);
}

bool RawClient::receive() {
  std::array<char, 4096> chunk;
  const ssize_t size = ::recv(socket_.descriptor(), chunk.data(), chunk.size(), 0);
  if (size <= 0) return false;
  inbox_.append(chunk.data(), static_cast<std::size_t>(size));
  return true;
}

std::string request_text(std::string_view method, std::string_view path, std::string_view body,
                         std::string_view headers) {
  std::string text;
  text.append(method).append(" ").append(path).append(" HTTP/1.1\r\nHost: test\r\n").append(headers);
  if (!body.empty() || method == "POST" || method == "PUT") {
    text += "Content-Length: " + std::to_string(body.size()) + "\r\n";
  }
  return text.append("\r\n").append(body);
}

Answer exchange(int port, std::string_view method, std::string_view path, std::string_view body,
                std::string_view headers) {
  RawClient client(port);
  client.send(request_text(method, path, body, headers));
  const auto answer = client.read_answer(method == "HEAD");
  EXPECT_TRUE(answer) << method << " " << path << ": no answer";
  return answer.value_or(Answer{});
}

}  // namespace orchestrator::support
