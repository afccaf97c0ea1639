// Splitting the bodies of bulk requests.

#include <nlohmann/json.hpp>
#include <string>

#include "api/bulk_body.hpp"
#include "fuzz/targets.hpp"

namespace orchestrator::fuzz {

namespace {

using api::BulkFormat;
using api::split_items;
using nlohmann::json;
using Items = std::vector<std::string_view>;

bool lies_in(std::string_view item, std::string_view body, const char* after) {
  return item.data() >= after && item.data() + item.size() <= body.data() + body.size();
}

void check_places(const Items& items, std::string_view body) {
  require(!items.empty() && items.size() <= api::kMaxBulkItems, "there are as many items as may be");
  const char* after = body.data();
  for (const std::string_view item : items) {
    require(!item.empty() && lies_in(item, body, after), "items stand one after the other in the body");
    after = item.data() + item.size();
  }
}

std::string list_of(const Items& items) {
  std::string list;
  for (const std::string_view item : items) list.append(list.empty() ? "[" : ",").append(item);
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
  const auto split = split_items(body, BulkFormat::list);
  if (!split) {
    check_refusal(split.rejection());
    const json list = json::parse(body, nullptr, false);
    const bool is_whole = body.find('\0') == std::string_view::npos;  // the library stops at a NUL
    return require(!is_whole || !list.is_array() || list.empty() || list.size() > api::kMaxBulkItems,
                   "a list is refused only when it is empty or too long");
  }
  const Items& items = *split;
  check_places(items, body);
  check_against_the_json_library(items, body);
  const std::string again = list_of(items);
  const auto split_again = split_items(again, BulkFormat::list);
  require(split_again && *split_again == items, "items put together are taken apart alike");
}

void check_lines(std::string_view body) {
  const auto split = split_items(body, BulkFormat::lines);
  if (!split) return check_refusal(split.rejection());
  const Items& items = *split;
  check_places(items, body);
  for (const std::string_view item : items) {
    require(item.find('\n') == std::string_view::npos, "an item is one line");
  }
}

}  // namespace

void check_bulk(std::string_view input) {
  std::ignore = api::bulk_format(input, input);
  check_list(input);
  check_lines(input);
}

}  // namespace orchestrator::fuzz
