#include "chaos/wire.hpp"

#include <arpa/inet.h>

#include <algorithm>
#include <cstring>
#include <regex>

namespace orchestrator::chaos {
namespace {

std::uint32_t number_at(const std::string& bytes, std::size_t position) {
  std::uint32_t number = 0;
  std::memcpy(&number, bytes.data() + position, sizeof number);
  return ntohl(number);
}

std::string_view until_nul(std::string_view text) { return text.substr(0, text.find('\0')); }

// Takes a null-terminated string off the front.
std::string_view take_string(std::string_view& bytes) {
  const std::string_view string = until_nul(bytes);
  bytes.remove_prefix(std::min(string.size() + 1, bytes.size()));
  return string;
}

std::string printable(std::string_view bytes) {
  std::string text(bytes);
  std::ranges::replace_if(
      text, [](char c) { return static_cast<unsigned char>(c) < ' '; }, ' ');
  return text;
}

// Statements that write although their command tag is SELECT.
bool may_write(const std::string& statement) {
  static const std::regex writing(
      R"(\b(INSERT\s+INTO|DELETE\s+FROM|UPDATE\s+[\w.]+(\s+AS\s+\w+)?\s+SET)\b|\b(reopen_gates|submit_messages|create_user_of_address|receive_messages|claim_turns)\()",
      std::regex::icase | std::regex::optimize);
  return std::regex_search(statement, writing);
}

}  // namespace

std::optional<Frame> FrameReader::next() {
  const std::size_t prefix = at_start_ ? 0 : 1;
  if (unread_.size() < prefix + 4) return std::nullopt;
  const std::size_t size = prefix + number_at(unread_, prefix);
  if (unread_.size() < size) return std::nullopt;
  Frame frame{at_start_ ? '\0' : unread_.front(), unread_.substr(0, size)};
  unread_.erase(0, size);
  at_start_ = false;
  return frame;
}

bool OpenTransaction::is_commit(const Frame& frame) const {
  if (frame.type == 'S') return !is_open_ && has_written_;  // Sync
  return frame.type == 'Q' && until_nul(frame.body()).starts_with("COMMIT");
}

void OpenTransaction::begin() {
  text_.clear();
  has_written_ = false;
}

void OpenTransaction::on_client_frame(const Frame& frame) {
  if (frame.type == 'Q') {
    statement_ = until_nul(frame.body());
    if (statement_.starts_with("BEGIN") || statement_.starts_with("begin")) begin();
    text_ += statement_ + '\n';
  } else if (frame.type == 'P') {
    prepare(frame.body());
  } else if (frame.type == 'B') {
    bind(frame.body());
  } else if (frame.type == 'C') {
    forget(frame.body());
  }
}

// Parse: statement name and text.
void OpenTransaction::prepare(std::string_view parse) {
  const std::string_view name = take_string(parse);
  prepared_.insert_or_assign(std::string(name), take_string(parse));
}

// Bind: portal, statement name and parameters.
void OpenTransaction::bind(std::string_view bind) {
  take_string(bind);
  const auto statement = prepared_.find(take_string(bind));
  statement_ = statement == prepared_.end() ? "" : statement->second;
  if (!is_open_) {
    begin();
    has_written_ = may_write(statement_);
  }
  text_ += statement_ + '\n' + printable(bind) + '\n';
}

// Close: 'S' and a statement name; portals do not matter here.
void OpenTransaction::forget(std::string_view close) {
  if (!close.starts_with('S')) return;
  close.remove_prefix(1);
  const auto statement = prepared_.find(take_string(close));
  if (statement != prepared_.end()) prepared_.erase(statement);
}

void OpenTransaction::on_server_frame(const Frame& frame) {
  if (frame.type == 'C') note_completed(until_nul(frame.body()));
  if (frame.type == 'Z')
    is_open_ = !frame.body().starts_with('I');  // ReadyForQuery: idle, or in a transaction
}

// "INSERT 0 5", "UPDATE 3", "SELECT 1", "CREATE TABLE", "SET"
void OpenTransaction::note_completed(std::string_view tag) {
  const std::string_view word = tag.substr(0, tag.find(' '));
  const bool counts_none = tag.ends_with(" 0");
  if (word == "INSERT" || word == "UPDATE" || word == "DELETE") {
    has_written_ = has_written_ || !counts_none;
  } else if (word == "CREATE" || word == "ALTER" || word == "DROP") {
    has_written_ = true;
  } else if (word == "SELECT" && !counts_none) {
    has_written_ = has_written_ || may_write(statement_);
  }
}

}  // namespace orchestrator::chaos
