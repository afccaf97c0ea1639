// The responses of the API: JSON, and the one shape of errors.
#pragma once

#include <nlohmann/json.hpp>
#include <optional>
#include <string>

#include "orchestrator/rejection.hpp"
#include "server/response.hpp"

namespace orchestrator::api {

using OrderedJson = nlohmann::ordered_json;
using server::Response;

// Absent values are null in responses.
template <class T, class Format>
OrderedJson or_null(const std::optional<T>& value, Format format) {
  return value ? OrderedJson(format(*value)) : OrderedJson(nullptr);
}
template <class T>
OrderedJson or_null(const std::optional<T>& value) {
  return value ? OrderedJson(*value) : OrderedJson(nullptr);
}

Response json_response(int status, const OrderedJson& body);

// {"error", "message", "required"?}, with the headers that belong to the status.
Response refusal(const Rejection& rejection);

// 405 for a path that accepts other methods, e.g. "GET, HEAD".
Response method_not_allowed(const std::string& allowed_methods);

Rejection unavailable();     // 503: the database cannot be reached
Rejection rows_locked();     // 503: another transaction holds the rows
Rejection overloaded();      // 503: too many expensive requests at once
Rejection internal_error();  // 500: says nothing about the inside

}  // namespace orchestrator::api
