// Reads the fields of rows. Only src/storage/*.cpp include this.
#pragma once

#include <cstdint>
#include <optional>
#include <pqxx/pqxx>
#include <string>

#include "orchestrator/instant.hpp"

namespace orchestrator::storage {

// Instants travel as text on the way in and as micros(…), a bigint, on the way out.
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

// The fields of columns that stand together, one after the other: their names need not be looked up for each
// row of thousands.
class FieldsInOrder {
 public:
  FieldsInOrder(const pqxx::row& row, const char* first) : row_(row), next_(row.column_number(first)) {}
  pqxx::field next() { return row_[next_++]; }

 private:
  const pqxx::row& row_;
  pqxx::row_size_type next_;
};

}  // namespace orchestrator::storage
