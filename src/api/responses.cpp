#include "api/responses.hpp"

namespace orchestrator::api {

namespace {

constexpr const char* kJson = "application/json";

}  // namespace

OrderedJson text_or_null(const std::string& text) {
  return text.empty() ? OrderedJson(nullptr) : OrderedJson(text);
}

Response json_response(int status, const OrderedJson& body) {
  return {.status = status, .content_type = kJson, .body = body.dump()};
}

Response error_response(const Rejection& rejection) {
  OrderedJson body = {{"error", rejection.code}, {"message", rejection.message}};
  if (!rejection.required.empty()) body["required"] = rejection.required;
  Response response = json_response(rejection.status, body);
  if (rejection.status == 401) response.headers.emplace_back("WWW-Authenticate", "Bearer");
  if (rejection.status == 429) response.headers.emplace_back("Retry-After", "60");
  if (rejection.status == 503) response.headers.emplace_back("Retry-After", "1");
  return response;
}

}  // namespace orchestrator::api
