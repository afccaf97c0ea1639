#include "api/fields.hpp"

#include <algorithm>
#include <utility>

#include "text/ascii.hpp"
#include "text/identifier.hpp"
#include "text/utf8.hpp"

namespace orchestrator::api {

namespace {

using nlohmann::json;

using Names = std::span<const std::string_view>;

// " Did you mean …?" with the most similar known name; empty if none is similar.
std::string suggestion(std::string_view name, Names names, Names more) {
  constexpr std::size_t kMaxNameBytes = 40;
  constexpr std::size_t kMaxTypos = 3;
  if (name.size() > kMaxNameBytes) return {};
  const auto distance = [name](std::string_view candidate) { return text::edit_distance(name, candidate); };
  std::vector<std::string_view> known(names.begin(), names.end());
  known.insert(known.end(), more.begin(), more.end());
  const std::string_view nearest = *std::ranges::min_element(known, {}, distance);
  if (distance(nearest) > kMaxTypos) return {};
  return " Did you mean \"" + std::string(nearest) + "\"?";
}

}  // namespace

void Fields::require(std::initializer_list<std::string_view> names) {
  Rejection missing{.status = 400, .code = "missing_fields", .message = "Missing:"};
  for (const std::string_view name : names) {
    if (present(name) != nullptr) continue;
    missing.message.append(missing.required.empty() ? " " : ", ").append(name);
    missing.required.emplace_back(name);
  }
  if (!missing.required.empty()) refuse(std::move(missing));
}

void Fields::allow_only(Names names, Names more) {
  const auto is_in = [](Names known, std::string_view name) {
    return std::ranges::find(known, name) != known.end();
  };
  for (const auto& [name, value] : object_.items()) {
    if (is_in(names, name) || is_in(more, name)) continue;
    constexpr std::size_t kQuotedCharacters = 40;
    return refuse({.status = 400,
                   .code = "unknown_field",
                   .message = "The field \"" + text::shorten(name, kQuotedCharacters) +
                              "\" is unknown; leave it out." + suggestion(name, names, more)});
  }
}

std::optional<std::string> Fields::text(std::string_view name) {
  json* value = typed(name, &json::is_string, "a string");
  if (value == nullptr) return std::nullopt;
  return std::move(value->get_ref<std::string&>());
}

std::optional<std::string> Fields::id(std::string_view name) {
  auto value = text(name);
  if (!value) return std::nullopt;
  if (auto rejection = text::check_id(name, *value)) {
    refuse(*std::move(rejection));
    return std::nullopt;
  }
  return value;
}

std::optional<bool> Fields::boolean(std::string_view name) {
  const json* value = typed(name, &json::is_boolean, "true or false");
  if (value == nullptr) return std::nullopt;
  return value->get<bool>();
}

std::optional<Instant> Fields::instant(std::string_view name) {
  const auto written = text(name);
  if (!written) return std::nullopt;
  const auto instant = parse_instant(*written);
  if (!instant) {
    refuse(text::invalid_field(name,
                               "an instant with its offset from UTC, such as 2026-11-20T18:24:05Z or "
                               "2026-11-20T13:24:05-05:00"));
  }
  return instant;
}

std::optional<std::vector<Instant>> Fields::instants(std::string_view name) {
  const json* values = array(name);
  if (values == nullptr) return std::nullopt;
  std::vector<Instant> instants;
  instants.reserve(values->size());
  for (const json& item : *values) {
    const auto instant =
        item.is_string() ? parse_instant(item.get_ref<const std::string&>()) : std::optional<Instant>{};
    if (!instant) {
      refuse(text::invalid_field(name, "an array of instants such as 2026-11-20T18:24:05Z"));
      return std::nullopt;
    }
    instants.push_back(*instant);
  }
  return instants;
}

json* Fields::object(std::string_view name) { return typed(name, &json::is_object, "an object"); }

json* Fields::array(std::string_view name) { return typed(name, &json::is_array, "an array"); }

json* Fields::number(std::string_view name) { return typed(name, &json::is_number, "a number"); }

void Fields::refuse(Rejection rejection) {
  if (!rejection_) rejection_ = std::move(rejection);
}

json* Fields::present(std::string_view name) {
  if (rejection_) return nullptr;
  const auto found = object_.find(name);
  return found == object_.end() || found->is_null() ? nullptr : &*found;
}

json* Fields::typed(std::string_view name, bool (json::*is_type)() const noexcept, std::string_view type) {
  json* value = present(name);
  if (value != nullptr && !(value->*is_type)()) {
    refuse(text::invalid_field(name, type));
    return nullptr;
  }
  return value;
}

}  // namespace orchestrator::api
