#include "storage/binary_arrays.hpp"

#include <chrono>
#include <utility>

#include "orchestrator/uuid_v7.hpp"

namespace orchestrator::storage {
namespace {

constexpr auto kPostgresEpoch = std::chrono::year{2000} / 1 / 1;

// In network order, as the protocol sends numbers.
void put(std::string& out, std::uint64_t value, std::size_t bytes) {
  for (std::size_t shift = bytes * 8; shift > 0; shift -= 8)
    out += static_cast<char>(value >> (shift - 8) & 0xff);
}

std::uint64_t digit(char c) {
  const int value = c <= '9' ? c - '0' : (c | 0x20) - 'a' + 10;
  return static_cast<std::uint64_t>(value);
}

}  // namespace

void BinaryArray::boolean(bool value) { number(value ? 1 : 0, 1); }

void BinaryArray::smallint(int value) { number(static_cast<std::uint64_t>(value), 2); }

void BinaryArray::integer(int value) { number(static_cast<std::uint64_t>(value), 4); }

void BinaryArray::text(std::string_view value) {
  ++count_;
  put(values_, value.size(), 4);
  values_ += value;
}

void BinaryArray::optional_text(const std::optional<std::string>& value) { value ? text(*value) : null(); }

void BinaryArray::date(const std::optional<LocalDate>& value) {
  if (!value) return null();
  const auto days = *value - std::chrono::local_days{kPostgresEpoch};
  number(static_cast<std::uint64_t>(days.count()), 4);
}

void BinaryArray::instant(const std::optional<Instant>& value) {
  if (!value) return null();
  number(static_cast<std::uint64_t>(Duration{*value - std::chrono::sys_days{kPostgresEpoch}}.count()), 8);
}

void BinaryArray::uuid(std::string_view value) {
  constexpr std::size_t kBytes = 16;
  if (!is_uuid(value)) return text(std::string(value) + std::string(kBytes + 1, '?'));
  ++count_;
  put(values_, kBytes, 4);
  for (std::size_t i = 0; i < value.size(); i += 2) {
    if (value[i] == '-') ++i;
    values_ += static_cast<char>(digit(value[i]) << 4 | digit(value[i + 1]));
  }
}

void BinaryArray::null() {
  ++count_;
  has_null_ = true;
  put(values_, 0xffffffff, 4);
}

void BinaryArray::number(std::uint64_t value, std::size_t bytes) {
  ++count_;
  put(values_, bytes, 4);
  put(values_, value, bytes);
}

pqxx::binarystring BinaryArray::take() {
  std::string out;
  out.reserve(values_.size() + 20);
  put(out, count_ == 0 ? 0 : 1, 4);  // dimensions
  put(out, has_null_ ? 1 : 0, 4);
  put(out, static_cast<std::uint32_t>(type_), 4);
  if (count_ > 0) {
    put(out, count_, 4);
    put(out, 1, 4);  // the index of the first value
  }
  out += std::exchange(values_, {});
  count_ = 0;
  has_null_ = false;
  return pqxx::binarystring(out);
}

}  // namespace orchestrator::storage
