#include "providers/whatsapp/webhook.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "inbound/contact_identity.hpp"
#include "orchestrator/uuid_v7.hpp"
#include "text/identifier.hpp"

namespace orchestrator::whatsapp {

namespace {

using nlohmann::json;

// A member that is missing or of another type reads as empty: these functions never throw.
const json& member(const json& value, std::string_view name) {
  static const json kNothing = json::object();
  if (!value.is_object()) return kNothing;
  const auto found = value.find(name);
  return found == value.end() ? kNothing : *found;
}

const json& list(const json& value, std::string_view name) {
  static const json kNone = json::array();
  const json& found = member(value, name);
  return found.is_array() ? found : kNone;
}

std::string text(const json& value, std::string_view name) {
  const json& found = member(value, name);
  if (found.is_string()) return found.get<std::string>();
  return found.is_number_integer() ? found.dump() : std::string();
}

std::optional<Instant> instant_of_seconds(const std::string& seconds) {
  std::int64_t number = -1;
  std::from_chars(seconds.data(), seconds.data() + seconds.size(), number);
  return inbound::instant_since_1970(static_cast<double>(number));
}

bool is_media(std::string_view type) {
  constexpr std::array<std::string_view, 5> kTypes = {"image", "audio", "video", "document", "sticker"};
  return std::ranges::find(kTypes, type) != kTypes.end();
}

// The text that the user sees of the message. The rest of its content goes into the metadata.
std::string read_content(const json& message, const std::string& type, json& metadata) {
  const json& content = member(message, type);
  if (type == "text") return text(content, "body");
  if (type == "button") {
    metadata["button"] = {{"payload", text(content, "payload")}};
    return text(content, "text");
  }
  if (type == "interactive") {
    metadata["interactive"] = content;
    return text(member(content, text(content, "type")), "title");
  }
  if (type == "reaction") {
    metadata["reaction"] = {{"messageId", text(content, "message_id")}};
    return text(content, "emoji");
  }
  if (is_media(type)) {
    json media = json::object();
    inbound::add_unless_empty(media, "id", text(content, "id"));
    inbound::add_unless_empty(media, "contentType", text(content, "mime_type"));
    inbound::add_unless_empty(media, "fileName", text(content, "filename"));
    metadata["media"] = json::array({std::move(media)});
    return text(content, "caption");
  }
  if (type == "location" || type == "contacts") {
    metadata[type] = content;
  } else {
    metadata["raw"] = message;
  }
  return {};
}

// What the messages of one change share.
struct Envelope {
  std::string phone_number_id;
  const json& contacts;
};

std::string profile_name(const Envelope& envelope, const std::string& from) {
  for (const json& contact : envelope.contacts) {
    if (text(contact, "wa_id") == from) return text(member(contact, "profile"), "name");
  }
  return {};
}

// A user who hides their phone number has a user id instead.
std::string contact_of(const json& message) {
  const std::string number = text(message, "from");
  return number.empty() ? text(message, "from_user_id") : "+" + number;
}

std::optional<IncomingMessage> message_of(const json& message, const Envelope& envelope) {
  const auto contact = inbound::parse_contact_identity("from", contact_of(message));
  if (!std::holds_alternative<inbound::ContactIdentity>(contact)) return std::nullopt;
  json metadata = {{"gateway", "whatsapp"}};
  inbound::add_unless_empty(metadata, "phoneNumberId", envelope.phone_number_id);
  inbound::add_unless_empty(metadata, "profileName", profile_name(envelope, text(message, "from")));
  inbound::add_unless_empty(metadata, "replyTo", text(member(message, "context"), "id"));

  IncomingMessage incoming;
  incoming.contact_id = std::get<inbound::ContactIdentity>(contact).id;
  incoming.phone_number = std::get<inbound::ContactIdentity>(contact).phone_number;
  const std::string type = text(message, "type");
  incoming.type = text::check_id("type", type) ? "unknown" : type;
  incoming.text = read_content(message, incoming.type, metadata);
  if (auto id = text(message, "id"); !id.empty()) incoming.provider_id = std::move(id);
  incoming.written_at = instant_of_seconds(text(message, "timestamp"));
  incoming.metadata = metadata.dump();
  incoming.content_hash = inbound::content_hash(incoming.type, incoming.text, metadata);
  return incoming;
}

std::optional<DeliveryReport> report_of(const json& status) {
  using Status = DeliveryReport::Status;
  constexpr std::array<std::pair<std::string_view, Status>, 5> kStatuses = {{{"sent", Status::sent},
                                                                             {"delivered", Status::delivered},
                                                                             {"read", Status::delivered},
                                                                             {"played", Status::delivered},
                                                                             {"failed", Status::failed}}};
  const auto* known =
      std::ranges::find(kStatuses, text(status, "status"), [](const auto& entry) { return entry.first; });
  DeliveryReport report;
  report.provider = "whatsapp";
  report.provider_message_id = text(status, "id");
  if (known == kStatuses.end() || report.provider_message_id.empty()) return std::nullopt;
  report.status = known->second;
  if (auto id = text(status, "biz_opaque_callback_data"); is_uuid(id)) {
    report.message = MessageId(std::move(id));
  }
  if (const json& errors = list(status, "errors"); !errors.empty()) {
    report.error_code = text(errors.front(), "code");
  }
  return report;
}

}  // namespace

WebhookPayload parse_webhook(const json& body) {
  WebhookPayload payload;
  for (const json& entry : list(body, "entry")) {
    for (const json& change : list(entry, "changes")) {
      const json& value = member(change, "value");
      const Envelope envelope{text(member(value, "metadata"), "phone_number_id"), list(value, "contacts")};
      for (const json& item : list(value, "messages")) {
        if (auto message = message_of(item, envelope)) {
          payload.messages.push_back(*std::move(message));
        } else {
          ++payload.unreadable;
        }
      }
      for (const json& item : list(value, "statuses")) {
        if (auto report = report_of(item)) payload.reports.push_back(*std::move(report));
      }
    }
  }
  return payload;
}

}  // namespace orchestrator::whatsapp
