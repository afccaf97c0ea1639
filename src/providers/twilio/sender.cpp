#include "providers/twilio/sender.hpp"

#include <algorithm>
#include <utility>

#include "providers/twilio/send_outcome.hpp"
#include "text/form.hpp"
#include "text/utf8.hpp"

namespace orchestrator::twilio {
namespace {

constexpr std::size_t kMaxCharacters = 1600;
constexpr std::chrono::seconds kShortestValidity{1};
constexpr std::chrono::seconds kLongestValidity{36'000};

// One page. A user receives fewer messages in a day.
constexpr const char* kPageSize = "200";

std::string without_final_slash(std::string url) {
  while (url.ends_with('/')) url.pop_back();
  return url;
}

SendOutcome refused(const char* code) { return {.kind = SendOutcome::Kind::permanent, .error_code = code}; }

bool is_messaging_service(const std::string& from) { return from.starts_with("MG"); }

}  // namespace

TwilioSender::TwilioSender(TwilioConfig config, const std::string& public_url,
                           std::chrono::milliseconds timeout, net::HttpClient& http)
    : config_(std::move(config)), timeout_(timeout), http_(http) {
  if (!public_url.empty()) {
    status_callback_ = without_final_slash(public_url) + "/webhooks/twilio/status?message=";
  }
}

net::HttpRequest TwilioSender::request(const std::string& method, const std::string& query) const {
  const std::string account = text::percent_encode(config_.account_sid);
  return {.method = method,
          .url = without_final_slash(config_.base_url) + "/2010-04-01/Accounts/" + account +
                 "/Messages.json" + query,
          .headers = {{"Content-Type", "application/x-www-form-urlencoded"}},
          .login = net::HttpRequest::Login{config_.account_sid, config_.auth_token},
          .timeout = timeout_};
}

SendOutcome TwilioSender::send(const OutgoingMessage& message, const std::stop_token& stop) {
  if (message.phone_number.empty()) return refused("no_phone_number");
  if (message.text.empty()) return refused("no_content");
  if (text::count_characters(message.text) > kMaxCharacters) return refused("text_too_long");

  const std::string& from = config_.phone_number;
  text::FormFields fields = {{"To", message.phone_number},
                             {is_messaging_service(from) ? "MessagingServiceSid" : "From", from},
                             {"Body", message.text}};
  if (!status_callback_.empty()) fields.emplace_back("StatusCallback", status_callback_ + message.id.value);
  if (message.validity) {
    const auto validity = std::clamp(*message.validity, kShortestValidity, kLongestValidity);
    fields.emplace_back("ValidityPeriod", std::to_string(validity.count()));
  }
  net::HttpRequest post = request("POST", "");
  post.body = text::form_encode(fields);
  return send_outcome(http_.perform(post, stop));
}

LookUpResult TwilioSender::look_up(const OutgoingMessage& message, const std::stop_token& stop) {
  // The day before is included: a message that was posted just before midnight may bear that date.
  const Instant since = message.claimed_at - std::chrono::days{1};
  text::FormFields fields = {{"To", message.phone_number},
                             {"DateSent>", format_instant(since).substr(0, 10)},
                             {"PageSize", kPageSize}};
  if (!is_messaging_service(config_.phone_number)) fields.emplace_back("From", config_.phone_number);
  return look_up_result(http_.perform(request("GET", "?" + text::form_encode(fields)), stop), message);
}

}  // namespace orchestrator::twilio
