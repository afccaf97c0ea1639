#include "inbound/http_agent.hpp"

#include <fmt/format.h>

#include "inbound/turn_json.hpp"

namespace orchestrator::inbound {
namespace {

AgentAnswer failed(std::string error) {
  return {.success = false, .response = "", .error = std::move(error), .agent = ""};
}

}  // namespace

AgentAnswer HttpAgent::process(const Turn& turn) {
  net::HttpRequest request;
  request.method = "POST";
  request.url = url_;
  request.headers = {{"Content-Type", "application/json"}};
  request.body = to_json(turn).dump();
  request.timeout = timeout_;
  const auto result = client_.perform(request, stop_.get_token());
  if (const auto* failure = std::get_if<net::HttpFailure>(&result)) {
    return failed(fmt::format("no answer from the agent: {}", failure->detail));
  }
  const auto& answer = std::get<net::HttpAnswer>(result);
  if (answer.status < 200 || answer.status > 299)
    return failed(fmt::format("the agent answered {}", answer.status));
  return answer_from_json(answer.body);
}

}  // namespace orchestrator::inbound
