#include "storage/parameters.hpp"

#include <nlohmann/json.hpp>
#include <utility>

namespace orchestrator::storage {

namespace {

std::string quoted(const std::string& plain) {
  std::string out = "\"";
  out += plain;
  out += '"';
  return out;
}

}  // namespace

std::string text_array(const std::vector<std::string>& values) {
  std::string out = "{";
  for (const auto& value : values) {
    if (out.size() > 1) out += ',';
    out += '"';
    for (const char c : value) {
      if (c == '"' || c == '\\') out += '\\';
      out += c;
    }
    out += '"';
  }
  return out + "}";
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
  if (value) json(field, quoted(format_instant(*value)));
}

void JsonRows::instants(std::string_view field, const std::vector<Instant>& values) {
  std::string list = "[";
  for (const Instant value : values) {
    if (list.size() > 1) list += ',';
    list += quoted(format_instant(value));
  }
  json(field, list + "]");
}

void JsonRows::json(std::string_view field, std::string_view serialised) {
  name(field);
  out_ += serialised;
}

std::string JsonRows::take() {
  if (out_.size() > 1) out_ += '}';
  return std::exchange(out_, "[") + "]";
}

}  // namespace orchestrator::storage
