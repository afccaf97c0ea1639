// Lists as parameters: libpqxx 6 binds single values only, so a list travels as one text that the statement
// expands (unnest, json_to_recordset).
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "orchestrator/instant.hpp"

namespace orchestrator::storage {

// One array, written value by value: {"a",NULL,"b"}. Of whatever type the statement casts it to.
class ArrayLiteral {
 public:
  void text(std::string_view value);
  void optional_text(const std::optional<std::string>& value);
  void number(std::int64_t value);
  void boolean(bool value);
  void instant(const std::optional<Instant>& value);

  // The finished literal; the object is empty afterwards.
  std::string take();

 private:
  void plain(std::string_view value);

  std::string out_ = "{";
};

// A text[] literal.
std::string text_array(const std::vector<std::string>& values);

// A timestamptz[] literal.
std::string instant_array(const std::vector<Instant>& values);

// A JSON array of objects, written field by field. Null fields are left out: a record reads them as null.
class JsonRows {
 public:
  void begin_row();
  void text(std::string_view name, std::string_view value);
  void optional_text(std::string_view name, const std::optional<std::string>& value);
  void number(std::string_view name, std::int64_t value);
  void boolean(std::string_view name, bool value);
  void instant(std::string_view name, const std::optional<Instant>& value);
  void json(std::string_view name, std::string_view serialised);  // goes in as it is

  // The finished array; the object is empty afterwards.
  std::string take();

 private:
  void name(std::string_view name);

  std::string out_ = "[";
  bool row_is_empty_ = true;
};

}  // namespace orchestrator::storage
