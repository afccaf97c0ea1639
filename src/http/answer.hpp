// The shapes of answers: JSON, and the one shape of errors.
#pragma once

#include <httplib.h>

#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <string_view>

#include "orchestrator/rejection.hpp"

namespace orchestrator::http {

using OrderedJson = nlohmann::ordered_json;

// A refusal as HTTP knows it.
struct Refusal {
  Rejection rejection;
  std::string allow = {};  // with 405: the methods that the path knows
};

// Absent values are null in answers.
template <class T, class Format>
OrderedJson or_null(const std::optional<T>& value, Format format) {
  return value ? OrderedJson(format(*value)) : OrderedJson(nullptr);
}
template <class T>
OrderedJson or_null(const std::optional<T>& value) {
  return value ? OrderedJson(*value) : OrderedJson(nullptr);
}

void respond(httplib::Response& response, int status, const OrderedJson& body);
void refuse(httplib::Response& response, const Refusal& refusal);

// The complete answer as text, for a connection that closes after it; without its body for HEAD.
std::string closing_answer(const Refusal& refusal, bool to_head = false);

Rejection unavailable();     // 503: the database is away
Rejection held();            // 503: somebody else holds the rows
Rejection overloaded();      // 503: too many want too much at once
Rejection internal_error();  // 500: says nothing about the inside

}  // namespace orchestrator::http
