#include "api/bulk_body.hpp"

#include <optional>
#include <string>

#include "text/ascii.hpp"

namespace orchestrator::api {

namespace {

Rejection not_an_array() {
  return {.status = 400,
          .code = "invalid_json",
          .message = "The body must be one JSON array, [{…}, {…}], or NDJSON with one object per line."};
}

Rejection too_many_items() {
  return {.status = 413,
          .code = "too_many_items",
          .message = "One request may have at most " + std::to_string(kMaxBulkItems) +
                     " messages; send several requests."};
}

Rejection no_items() {
  return {.status = 400, .code = "no_items", .message = "The body contains no message."};
}

// The position after the closing quote of the string that begins at `position`.
std::size_t end_of_string(std::string_view body, std::size_t position) {
  for (++position; position < body.size(); ++position) {
    if (body[position] == '\\') {
      ++position;
    } else if (body[position] == '"') {
      return position + 1;
    }
  }
  return body.size();
}

// The end of the item that begins at `position`: the next comma or bracket of the array itself. Brackets are
// only counted; the JSON parser refuses an item whose brackets do not match.
std::optional<std::size_t> end_of_item(std::string_view body, std::size_t position) {
  std::size_t depth = 0;
  while ((position = body.find_first_of("\"{}[],", position)) != std::string_view::npos) {
    switch (body[position]) {
      case '"':
        position = end_of_string(body, position);
        continue;
      case '{':
      case '[':
        ++depth;
        break;
      case ',':
        if (depth == 0) return position;
        break;
      default:
        if (depth == 0) return position;
        --depth;
    }
    ++position;
  }
  return std::nullopt;
}

using Items = std::vector<std::string_view>;

Result<Items> split_array(std::string_view body) {
  body = text::trim(body);
  if (body.size() < 2 || body.front() != '[' || body.back() != ']') return not_an_array();
  if (text::trim(body.substr(1, body.size() - 2)).empty()) return no_items();
  Items items;
  for (std::size_t begin = 1; begin < body.size();) {
    const auto end = end_of_item(body, begin);
    if (!end) return not_an_array();
    const std::string_view item = text::trim(body.substr(begin, *end - begin));
    const bool is_last = body[*end] != ',';
    if (item.empty() || (is_last && (body[*end] != ']' || *end + 1 != body.size()))) return not_an_array();
    if (items.size() == kMaxBulkItems) return too_many_items();
    items.push_back(item);
    begin = *end + 1;
  }
  return items;
}

Result<Items> split_lines(std::string_view body) {
  Items items;
  while (!body.empty()) {
    const std::size_t end = body.find('\n');
    const std::string_view line = text::trim(body.substr(0, end));
    body.remove_prefix(end == std::string_view::npos ? body.size() : end + 1);
    if (line.empty()) continue;
    if (items.size() == kMaxBulkItems) return too_many_items();
    items.push_back(line);
  }
  if (items.empty()) return no_items();
  return items;
}

}  // namespace

BulkFormat bulk_format(std::string_view content_type, std::string_view body) {
  const std::string_view media_type = text::trim(content_type.substr(0, content_type.find(';')));
  const std::size_t first = body.find_first_not_of(text::kWhiteSpace);
  const bool begins_with_object = first != std::string_view::npos && body[first] == '{';
  const bool is_lines = begins_with_object || text::equal_ignoring_case(media_type, "application/x-ndjson");
  return is_lines ? BulkFormat::lines : BulkFormat::list;
}

Result<Items> split_items(std::string_view body, BulkFormat format) {
  switch (format) {
    case BulkFormat::list:
      return split_array(body);
    case BulkFormat::lines:
      return split_lines(body);
  }
  return not_an_array();
}

}  // namespace orchestrator::api
