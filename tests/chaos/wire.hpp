// PostgreSQL's protocol, version 3, as far as the proxy must understand it.
// https://www.postgresql.org/docs/15/protocol-message-formats.html
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>

namespace orchestrator::chaos {

// One protocol message. The client's first message of a connection has no type.
struct Frame {
  char type = 0;
  std::string bytes;

  // What follows the type and the length.
  std::string_view body() const { return std::string_view(bytes).substr(type == 0 ? 4 : 5); }
};

// Splits one side's byte stream into messages. Not safe for concurrent use.
class FrameReader {
 public:
  enum class Side { client, server };
  explicit FrameReader(Side side) : at_start_(side == Side::client) {}

  void add(std::string_view bytes) { unread_.append(bytes); }

  // The next complete message.
  std::optional<Frame> next();

 private:
  bool at_start_;
  std::string unread_;
};

// Follows one connection: the statements of the open transaction, and whether it has written. A prepared
// statement, of this transaction or an earlier one, is added when it is bound.
class OpenTransaction {
 public:
  void on_client_frame(const Frame& frame);
  void on_server_frame(const Frame& frame);

  // Whether the client's message `frame` commits: COMMIT, or the end of a statement that is a transaction by
  // itself and may write.
  bool is_commit(const Frame& frame) const;

  // All statements since BEGIN, with parameters; outside of a transaction, the latest one.
  const std::string& text() const { return text_; }
  bool has_written() const { return has_written_; }

 private:
  void begin();
  void prepare(std::string_view parse);
  void bind(std::string_view bind);
  void forget(std::string_view close);
  void note_completed(std::string_view tag);

  std::map<std::string, std::string, std::less<>> prepared_;  // by name; the unnamed one is ""
  std::string text_;
  std::string statement_;  // of the current process
  bool has_written_ = false;
  bool is_open_ = false;  // between BEGIN and the end of the transaction, as the server says
};

}  // namespace orchestrator::chaos
