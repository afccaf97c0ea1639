#include "providers/anthropic/renderer.hpp"

#include "providers/anthropic/messages_api.hpp"
#include "text/sms_segments.hpp"

namespace orchestrator::anthropic {

namespace {

bool is_too_long(const RenderAnswer& answer) {
  return answer.kind == RenderAnswer::Kind::rendered && text::sms_segments(answer.text) > kMaxSegments;
}

void add_usage(RenderUsage& sum, const RenderUsage& earlier) {
  if (sum.model.empty()) sum.model = earlier.model;
  sum.input_tokens += earlier.input_tokens;
  sum.output_tokens += earlier.output_tokens;
  sum.cost_usd += earlier.cost_usd;
}

}  // namespace

RenderAnswer AnthropicRenderer::answer(const RenderRequest& request, const std::stop_token& stop) {
  const auto ask = [&](const std::string& too_long) {
    return parse_answer(http_.perform(messages_request(config_, request, too_long), stop), request.question);
  };
  const RenderAnswer first = ask({});
  if (!is_too_long(first)) return first;

  RenderAnswer second = ask(first.text);
  add_usage(second.usage, first.usage);
  if (is_too_long(second)) {
    second.kind = RenderAnswer::Kind::refused;
    second.explanation = "the text is longer than " + std::to_string(kMaxSegments) + " SMS";
    second.text.clear();
  }
  return second;
}

}  // namespace orchestrator::anthropic
