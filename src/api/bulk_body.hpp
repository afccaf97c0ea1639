// Splits the body of a bulk request into its items without parsing them, so that one malformed item does not
// fail the others. Pure functions, safe from any thread.
#pragma once

#include <cstddef>
#include <string_view>
#include <vector>

#include "orchestrator/result.hpp"

namespace orchestrator::api {

inline constexpr std::size_t kMaxBulkItems = 10'000;

enum class BulkFormat { list, lines };

// `lines` (NDJSON) by the content type, or if the body begins with an object.
BulkFormat bulk_format(std::string_view content_type, std::string_view body);

// The texts of 1 to kMaxBulkItems items; they refer to `body`. Only their boundaries are checked, not that
// each is valid JSON.
Result<std::vector<std::string_view>> split_items(std::string_view body, BulkFormat format);

}  // namespace orchestrator::api
