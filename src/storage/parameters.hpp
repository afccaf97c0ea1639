// Lists as parameters of statements: libpqxx 6 binds single values only, so a list is passed as one text that
// the statement expands (unnest, json_to_recordset).
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "orchestrator/instant.hpp"

namespace orchestrator::storage {

// One array, written value by value: {"a",NULL,"b"}. The statement casts it to its type.
class ArrayLiteral {
 public:
  void text(std::string_view value);
  void optional_text(const std::optional<std::string>& value);
  void number(std::int64_t value);
  void optional_number(std::optional<std::int64_t> value);
  void boolean(bool value);
  void instant(const std::optional<Instant>& value);

  // The finished literal; the object is empty afterwards.
  std::string take();

 private:
  void plain(std::string_view value);

  std::string out_ = "{";
};

// The smallest UUID: before every id; and the greatest: behind every UUIDv7.
inline constexpr const char* kNilUuid = "00000000-0000-0000-0000-000000000000";
inline constexpr const char* kMaxUuid = "ffffffff-ffff-ffff-ffff-ffffffffffff";

// A text[] literal.
std::string text_array(const std::vector<std::string>& values);

// A timestamptz[] literal.
std::string instant_array(const std::vector<Instant>& values);

// A JSON array of objects, written field by field. Fields without a value are omitted, which
// json_to_recordset reads as NULL.
class JsonRows {
 public:
  void begin_row();
  void text(std::string_view name, std::string_view value);
  void optional_text(std::string_view name, const std::optional<std::string>& value);
  void number(std::string_view name, std::int64_t value);
  void boolean(std::string_view name, bool value);
  void instant(std::string_view name, const std::optional<Instant>& value);
  void json(std::string_view name, std::string_view serialised);  // not escaped

  // The finished array; the object is empty afterwards.
  std::string take();

 private:
  void name(std::string_view name);

  std::string out_ = "[";
  bool row_is_empty_ = true;
};

}  // namespace orchestrator::storage
