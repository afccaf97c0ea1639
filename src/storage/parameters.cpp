#include "storage/parameters.hpp"

#include <nlohmann/json.hpp>
#include <utility>

namespace orchestrator::storage {

namespace {

std::string quote_json(const std::string& plain) {
  std::string out = "\"";
  out += plain;
  out += '"';
  return out;
}

}  // namespace

void ArrayLiteral::plain(std::string_view value) {
  if (out_.size() > 1) out_ += ',';
  out_ += value;
}

void ArrayLiteral::text(std::string_view value) {
  plain("\"");
  for (const char c : value) {
    if (c == '"' || c == '\\') out_ += '\\';
    out_ += c;
  }
  out_ += '"';
}

void ArrayLiteral::optional_text(const std::optional<std::string>& value) {
  value ? text(*value) : plain("NULL");
}

void ArrayLiteral::number(std::int64_t value) { plain(std::to_string(value)); }

void ArrayLiteral::optional_number(std::optional<std::int64_t> value) {
  value ? number(*value) : plain("NULL");
}

void ArrayLiteral::boolean(bool value) { plain(value ? "t" : "f"); }

void ArrayLiteral::instant(const std::optional<Instant>& value) {
  plain(value ? format_instant(*value) : "NULL");
}

std::string ArrayLiteral::take() {
  out_ += '}';
  return std::exchange(out_, "{");
}

std::string text_array(const std::vector<std::string>& values) {
  ArrayLiteral array;
  for (const auto& value : values) array.text(value);
  return array.take();
}

std::string instant_array(const std::vector<Instant>& values) {
  ArrayLiteral array;
  for (const Instant value : values) array.instant(value);
  return array.take();
}

void JsonRows::begin_row() {
  if (out_.size() > 1) out_ += "},";
  out_ += '{';
  row_is_empty_ = true;
}

void JsonRows::name(std::string_view name) {
  if (!std::exchange(row_is_empty_, false)) out_ += ',';
  out_ += '"';
  out_ += name;
  out_ += "\":";
}

void JsonRows::text(std::string_view field, std::string_view value) {
  json(field, nlohmann::json(value).dump());
}

void JsonRows::optional_text(std::string_view field, const std::optional<std::string>& value) {
  if (value) text(field, std::string_view{*value});
}

void JsonRows::number(std::string_view field, std::int64_t value) { json(field, std::to_string(value)); }

void JsonRows::boolean(std::string_view field, bool value) { json(field, value ? "true" : "false"); }

void JsonRows::instant(std::string_view field, const std::optional<Instant>& value) {
  if (value) json(field, quote_json(format_instant(*value)));
}

void JsonRows::json(std::string_view field, std::string_view serialised) {
  name(field);
  out_ += serialised;
}

std::string JsonRows::take() {
  out_ += out_.size() > 1 ? "}]" : "]";
  return std::exchange(out_, "[");
}

}  // namespace orchestrator::storage
