#include "providers/twilio/webhook.hpp"

#include <algorithm>
#include <charconv>
#include <nlohmann/json.hpp>
#include <string>
#include <utility>

#include "inbound/contact_identity.hpp"
#include "orchestrator/uuid_v7.hpp"
#include "providers/twilio/error_codes.hpp"
#include "providers/twilio/message_status.hpp"
#include "text/ascii.hpp"
#include "text/form.hpp"
#include "text/json.hpp"

namespace orchestrator::twilio {

namespace {

using nlohmann::json;

constexpr std::size_t kMaxMedia = 10;  // per message: Twilio's own limit

// The value of the first of `names` that is present: Twilio has renamed fields.
std::string first_of(const text::FormFields& fields, std::initializer_list<std::string_view> names) {
  for (const std::string_view name : names) {
    if (const std::string_view value = text::value_of(fields, name); !value.empty())
      return std::string(value);
  }
  return {};
}

json media_of(const text::FormFields& fields) {
  std::size_t count = 0;
  const std::string_view number = text::value_of(fields, "NumMedia");
  std::from_chars(number.data(), number.data() + number.size(), count);
  json media = json::array();
  for (std::size_t i = 0; i < std::min(count, kMaxMedia); ++i) {
    json item = json::object();
    inbound::add_unless_empty(item, "url", text::value_of(fields, "MediaUrl" + std::to_string(i)));
    inbound::add_unless_empty(item, "contentType",
                              text::value_of(fields, "MediaContentType" + std::to_string(i)));
    if (!item.empty()) media.push_back(std::move(item));
  }
  return media;
}

json metadata_of(const text::FormFields& fields) {
  json metadata = {{"gateway", "twilio"}};
  inbound::add_unless_empty(metadata, "to", text::value_of(fields, "To"));
  inbound::add_unless_empty(metadata, "profileName", text::value_of(fields, "ProfileName"));
  inbound::add_unless_empty(metadata, "replyTo", text::value_of(fields, "OriginalRepliedMessageSid"));
  if (json media = media_of(fields); !media.empty()) metadata["media"] = std::move(media);
  json location = json::object();
  inbound::add_unless_empty(location, "latitude", text::value_of(fields, "Latitude"));
  inbound::add_unless_empty(location, "longitude", text::value_of(fields, "Longitude"));
  inbound::add_unless_empty(location, "name", text::value_of(fields, "Label"));
  inbound::add_unless_empty(location, "address", text::value_of(fields, "Address"));
  if (!location.empty()) metadata["location"] = std::move(location);
  if (const auto payload = text::value_of(fields, "ButtonPayload"); !payload.empty()) {
    metadata["button"] = {{"payload", payload}};
  }
  return metadata;
}

std::string type_of(const json& metadata) {
  if (metadata.contains("location")) return "location";
  if (metadata.contains("button")) return "button";
  if (!metadata.contains("media")) return "text";
  const auto content_type = metadata["media"][0].value("contentType", std::string());
  const std::string kind = content_type.substr(0, content_type.find('/'));
  return kind == "image" || kind == "audio" || kind == "video" ? kind : "document";
}

// Twilio's own verdict: an account may define any words, also for a country.
std::optional<Consent> verdict_of(std::string_view opt_out_type) {
  if (text::equal_ignoring_case(opt_out_type, "STOP")) return Consent::stop;
  if (text::equal_ignoring_case(opt_out_type, "START")) return Consent::start;
  if (text::equal_ignoring_case(opt_out_type, "HELP")) return Consent::none;
  return std::nullopt;
}

}  // namespace

std::optional<text::FormFields> fields_from_json(std::string_view body) {
  const auto parsed = text::parse_object(body);
  const auto* object = std::get_if<json>(&parsed);
  if (object == nullptr || object->size() > text::kMaxFormFields) return std::nullopt;
  text::FormFields fields;
  for (const auto& [name, value] : object->items()) {
    if (value.is_null()) continue;
    if (!value.is_primitive()) return std::nullopt;
    fields.emplace_back(name, value.is_string() ? value.get<std::string>() : value.dump());
  }
  return fields;
}

std::variant<IncomingMessage, Rejection> incoming_message(const text::FormFields& fields) {
  auto contact = inbound::parse_contact_identity("From", text::value_of(fields, "From"));
  if (auto* rejection = std::get_if<Rejection>(&contact)) return std::move(*rejection);
  const json metadata = metadata_of(fields);

  IncomingMessage message;
  message.contact_id = std::get<inbound::ContactIdentity>(contact).id;
  message.phone_number = std::get<inbound::ContactIdentity>(contact).phone_number;
  message.text = text::value_of(fields, "Body");
  message.type = type_of(metadata);
  if (auto id = first_of(fields, {"MessageSid", "SmsMessageSid", "SmsSid"}); !id.empty()) {
    message.provider_id = std::move(id);
  }
  message.metadata = metadata.dump();
  message.content_hash = inbound::content_hash(message.type, message.text, metadata);
  message.gateway_consent = verdict_of(text::value_of(fields, "OptOutType"));
  return message;
}

std::optional<DeliveryReport> delivery_report(const text::FormFields& fields, std::string_view message_id) {
  const std::string spelled = first_of(fields, {"MessageStatus", "SmsStatus"});
  const auto status = message_status(spelled);
  if (!status || is_before_sent(spelled)) return std::nullopt;
  DeliveryReport report;
  report.provider = "twilio";
  report.provider_message_id = first_of(fields, {"MessageSid", "SmsSid"});
  if (is_uuid(message_id)) report.message = MessageId(std::string(message_id));
  if (!report.message && report.provider_message_id.empty()) return std::nullopt;
  report.status = *status;
  report.error_code = text::value_of(fields, "ErrorCode");
  report.recipient_opted_out = means_opted_out(report.error_code);
  return report;
}

}  // namespace orchestrator::twilio
