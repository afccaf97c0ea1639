// The responses of the API: JSON, and the one shape of errors. Pure functions, safe from any thread.
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

// A record's empty text is an absent one.
OrderedJson text_or_null(const std::string& text);

Response json_response(int status, const OrderedJson& body);

// {"error", "message", "required"?}, with the headers that belong to the status.
Response error_response(const Rejection& rejection);

}  // namespace orchestrator::api
