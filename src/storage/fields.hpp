// Reads the fields of rows. Only src/storage/*.cpp include this.
#pragma once

#include <algorithm>
#include <charconv>
#include <cstdint>
#include <optional>
#include <pqxx/pqxx>
#include <string>
#include <string_view>

#include "orchestrator/instant.hpp"

namespace orchestrator::storage {

// Instants are passed to statements as text, and returned as micros(…), a bigint, or in their binary form.
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

// The first sixteen hexadecimal digits of a binary value: eight bytes.
inline std::int64_t number_from_hex(std::string_view digits) {
  std::uint64_t number = 0;
  std::from_chars(digits.data(), digits.data() + std::min<std::size_t>(digits.size(), 16), number, 16);
  return static_cast<std::int64_t>(number);
}

// PostgreSQL's binary form of an instant, in hexadecimal digits: microseconds since 2000-01-01. A pass reads
// thousands of them, and micros() computes with numeric. Clamped as micros() clamps.
inline Instant instant_from_hex(std::string_view digits) {
  constexpr Duration kPostgresEpoch =
      std::chrono::sys_days{std::chrono::year{2000} / 1 / 1}.time_since_epoch();
  constexpr Duration kEnd = std::chrono::sys_days{std::chrono::year{10000} / 1 / 1}.time_since_epoch();
  const Duration since_2000{number_from_hex(digits)};
  return Instant{kPostgresEpoch +
                 std::clamp(since_2000, -kPostgresEpoch, kEnd - kPostgresEpoch - Duration{1})};
}

inline std::optional<Instant> optional_instant_from_hex(const pqxx::field& field) {
  if (field.is_null()) return std::nullopt;
  return instant_from_hex(field.c_str());
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
