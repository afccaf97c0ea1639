// Arrays as binary parameters of statements: PostgreSQL reads the thousands of values of a batch without
// parsing text. Only src/storage/*.cpp include this.
#pragma once

#include <cstdint>
#include <optional>
#include <pqxx/binarystring>
#include <string>
#include <string_view>

#include "orchestrator/instant.hpp"
#include "orchestrator/rules.hpp"

namespace orchestrator::storage {

// One array, written value by value. The statement must cast the parameter to the same type.
class BinaryArray {
 public:
  // By the object identifiers of PostgreSQL's types (pg_type.dat).
  enum class Type : std::uint32_t {
    boolean = 16,
    smallint = 21,
    integer = 23,
    text = 25,
    date = 1082,
    timestamptz = 1184,
    uuid = 2950,
  };

  explicit BinaryArray(Type type) : type_(type) {}

  // Each is for an array of the type that it names.
  void boolean(bool value);
  void smallint(int value);
  void integer(int value);
  void text(std::string_view value);
  void optional_text(const std::optional<std::string>& value);
  void date(const std::optional<LocalDate>& value);
  void instant(const std::optional<Instant>& value);
  // The server refuses a text that is no UUID, as it refuses it in an array of texts.
  void uuid(std::string_view value);
  void null();

  bool empty() const { return count_ == 0; }

  // The finished parameter; the object is empty afterwards.
  pqxx::binarystring take();

 private:
  void number(std::uint64_t value, std::size_t bytes);

  Type type_;
  std::uint32_t count_ = 0;
  bool has_null_ = false;
  std::string values_;
};

}  // namespace orchestrator::storage
