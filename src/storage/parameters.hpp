// Lists as parameters: libpqxx 6 binds single values only, so a list travels as one text that the statement
// expands (unnest, json_to_recordset).
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "orchestrator/instant.hpp"

namespace orchestrator::storage {

// A text[] literal: {"a","b"}.
std::string text_array(const std::vector<std::string>& values);

// A JSON array of objects, written field by field. Null fields are left out: a record reads them as null.
class JsonRows {
 public:
  void begin_row();
  void text(std::string_view name, std::string_view value);
  void optional_text(std::string_view name, const std::optional<std::string>& value);
  void number(std::string_view name, std::int64_t value);
  void boolean(std::string_view name, bool value);
  void instant(std::string_view name, const std::optional<Instant>& value);
  void instants(std::string_view name, const std::vector<Instant>& values);
  void json(std::string_view name, std::string_view serialised);  // goes in as it is

  // The finished array; the object is empty afterwards.
  std::string take();

 private:
  void name(std::string_view name);

  std::string out_ = "[";
  bool row_is_empty_ = true;
};

}  // namespace orchestrator::storage
