// Reads the fields of rows. Only src/storage/*.cpp include this.
#pragma once

#include <cstdint>
#include <optional>
#include <pqxx/pqxx>
#include <string>

#include "orchestrator/instant.hpp"

namespace orchestrator::storage {

// Instants are passed to statements as text, and returned as micros(…), a bigint.
inline Instant instant_from(const pqxx::field& micros) {
  return Instant{Duration{micros.as<std::int64_t>()}};
}

inline std::optional<Instant> optional_instant_from(const pqxx::field& micros) {
  if (micros.is_null()) return std::nullopt;
  return instant_from(micros);
}

inline std::optional<std::string> format_optional(const std::optional<Instant>& instant) {
  if (!instant) return std::nullopt;
  return format_instant(*instant);
}

template <class T>
std::optional<T> optional_from(const pqxx::field& field) {
  if (field.is_null()) return std::nullopt;
  return field.as<T>();
}

// Reads adjacent columns one after the other, without looking up their names in each of thousands of rows.
class FieldsInOrder {
 public:
  FieldsInOrder(const pqxx::row& row, const char* first) : row_(row), next_(row.column_number(first)) {}
  pqxx::field next() { return row_[next_++]; }

 private:
  const pqxx::row& row_;
  pqxx::row_size_type next_;
};

}  // namespace orchestrator::storage
