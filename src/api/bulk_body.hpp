// Takes the body of a bulk request apart without understanding the items, so that a bad one fails alone.
// Pure functions, safe from any thread.
#pragma once

#include <cstddef>
#include <string_view>
#include <variant>
#include <vector>

#include "orchestrator/rejection.hpp"

namespace orchestrator::api {

inline constexpr std::size_t kMaxItems = 10'000;

enum class BulkFormat { list, lines };

// Lines (NDJSON) if the content type says so, or if the body begins with an object.
BulkFormat bulk_format(std::string_view content_type, std::string_view body);

// The items' texts, 1 to kMaxItems of them; they refer to `body`. Each is still to be parsed: nothing but the
// places where they begin and end is looked at.
std::variant<std::vector<std::string_view>, Rejection> split_items(std::string_view body, BulkFormat format);

}  // namespace orchestrator::api
