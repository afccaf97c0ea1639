// Splitting the bodies of bulk requests.

#include <nlohmann/json.hpp>
#include <string>
#include <variant>
#include <vector>

#include "api/bulk_body.hpp"
#include "api/message_fields.hpp"
#include "fuzz/targets.hpp"
#include "text/ascii.hpp"

namespace orchestrator::fuzz {

namespace {

using api::BulkBody;
using nlohmann::json;
using Items = std::vector<std::string>;

constexpr std::string_view kNdjson = "application/x-ndjson";

std::variant<Items, Rejection> split(std::string_view body, std::string_view content_type,
                                     std::size_t piece_bytes) {
  BulkBody bulk(content_type);
  for (std::size_t i = 0; i < body.size(); i += piece_bytes) bulk.append(body.substr(i, piece_bytes));
  if (auto rejection = bulk.end()) return *std::move(rejection);
  Items items;
  while (const auto item = bulk.next_item()) items.emplace_back(*item);
  require(items.size() == bulk.item_count(), "there are as many items as were counted");
  require(bulk.kept_bytes() == 0, "items that are read are not kept");
  return items;
}

// The items, however the body is cut; empty if it is refused.
Items split_alike(std::string_view body, std::string_view content_type) {
  const auto whole = split(body, content_type, body.size() + 1);
  for (const std::size_t piece_bytes : {1U, 2U, 7U}) {
    const auto pieces = split(body, content_type, piece_bytes);
    require(pieces.index() == whole.index(), "a body is refused or accepted wherever it is cut");
    if (const auto* items = std::get_if<Items>(&pieces)) {
      require(*items == std::get<Items>(whole), "items are the same wherever the body is cut");
    } else {
      require(std::get<Rejection>(pieces).code == std::get<Rejection>(whole).code,
              "the refusal is the same wherever the body is cut");
    }
  }
  if (const auto* rejection = std::get_if<Rejection>(&whole)) {
    check_refusal(*rejection);
    return {};
  }
  const Items& items = std::get<Items>(whole);
  require(!items.empty() && items.size() <= api::kMaxBulkItems, "there are as many items as may be");
  for (const std::string& item : items) {
    require(!item.empty() && text::trim(item) == item, "an item has no white space around it");
    require(item.size() <= api::kMaxMessageBytes + 1, "an item is not much larger than it may be");
  }
  return items;
}

std::string list_of(const Items& items) {
  std::string list;
  for (const std::string& item : items) list.append(list.empty() ? "[" : ",").append(item);
  return list + "]";
}

// A list that the JSON library accepts is split into the items that the library finds.
void check_against_the_json_library(const Items& items, std::string_view body) {
  const json list = json::parse(body, nullptr, /*allow_exceptions=*/false);
  if (!list.is_array()) return;
  require(list.size() == items.size(), "a list has the items that it has");
  for (std::size_t i = 0; i < items.size(); ++i) {
    require(json::parse(items[i], nullptr, false) == list[i], "an item is what stands in the list");
  }
}

void check_list(std::string_view body) {
  const Items items = split_alike(body, {});
  if (items.empty()) {
    const json list = json::parse(body, nullptr, false);
    const bool begins_as_list = text::trim(body).starts_with('[');    // the library skips a byte order mark
    const bool is_whole = body.find('\0') == std::string_view::npos;  // and stops at a NUL
    return require(
        !begins_as_list || !is_whole || !list.is_array() || list.empty() || list.size() > api::kMaxBulkItems,
        "a list is refused only when it is empty or too long");
  }
  if (!text::trim(body).starts_with('[')) return;
  check_against_the_json_library(items, body);
  require(split_alike(list_of(items), {}) == items, "items put together are taken apart alike");
}

void check_lines(std::string_view body) {
  for (const std::string& item : split_alike(body, kNdjson)) {
    require(item.find('\n') == std::string::npos, "an item is one line");
  }
}

}  // namespace

void check_bulk(std::string_view input) {
  std::ignore = split_alike("[]", input);
  check_list(input);
  check_lines(input);
}

}  // namespace orchestrator::fuzz
