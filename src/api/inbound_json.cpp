#include "api/inbound_json.hpp"

#include <array>
#include <nlohmann/json.hpp>
#include <utility>

#include "api/fields.hpp"
#include "inbound/contact_identity.hpp"
#include "inbound/status_text.hpp"
#include "text/json.hpp"

namespace orchestrator::api {

namespace {

using nlohmann::json;

constexpr std::array<std::string_view, 6> kFields = {"contactId",   "text",      "messageId",
                                                     "messageType", "timestamp", "metadata"};

Rejection invalid_timestamp() {
  return {.status = 400,
          .code = "invalid_field",
          .message =
              "timestamp must be an instant such as 2026-11-20T18:24:05Z, or the seconds or milliseconds "
              "since 1970-01-01 UTC."};
}

std::optional<Instant> read_timestamp(Fields& fields, const json& body) {
  const auto found = body.find("timestamp");
  if (found == body.end() || found->is_null()) return std::nullopt;
  const std::optional<Instant> instant = found->is_string() ? parse_instant(found->get<std::string>())
                                         : found->is_number()
                                             ? inbound::instant_since_1970(found->get<double>())
                                             : std::nullopt;
  if (!instant) fields.refuse(invalid_timestamp());
  return instant;
}

void read_contact_id(Fields& fields, IncomingMessage& message) {
  const auto text = fields.text("contactId");
  if (!text) return;
  const Result<inbound::ContactIdentity> contact = inbound::parse_contact_identity("contactId", *text);
  if (!contact) return fields.refuse(contact.rejection());
  message.contact_id = contact->id;
  message.phone_number = contact->phone_number;
}

std::string read_text(Fields& fields, const std::string& type) {
  std::string text = fields.text("text").value_or("");
  if (type == "text" && text.empty()) {
    fields.refuse(
        {.status = 422,
         .code = "no_content",
         .message =
             "text is empty; only a message with another messageType than \"text\" may have no text."});
  }
  if (text.size() > kMaxIncomingTextBytes) {
    fields.refuse(
        {.status = 422,
         .code = "content_too_long",
         .message = "text may have at most " + std::to_string(kMaxIncomingTextBytes) + " bytes in UTF-8."});
  }
  return text;
}

}  // namespace

Result<IncomingMessage> incoming_message_from_json(std::string_view text) {
  Result<json> body = text::parse_object(text);
  if (!body) return body.rejection();

  Fields fields(*body);
  IncomingMessage message;
  message.type = fields.id("messageType").value_or("text");
  if (message.type == "text") {
    fields.require({"contactId", "text"});
  } else {
    fields.require({"contactId"});
  }
  fields.allow_only(kFields);
  read_contact_id(fields, message);
  message.text = read_text(fields, message.type);
  message.provider_id = fields.id("messageId");
  message.written_at = read_timestamp(fields, *body);
  const json* metadata = fields.object("metadata");
  if (fields.rejection()) return *fields.rejection();

  message.content_hash =
      inbound::content_hash(message.type, message.text, metadata == nullptr ? json::object() : *metadata);
  if (metadata != nullptr) message.metadata = metadata->dump();
  return message;
}

OrderedJson to_json(const Receipt& receipt, const IncomingMessage& message) {
  OrderedJson response = {{"success", true},
                          {"messageId", message.provider_id.value_or(receipt.id.value)},
                          {"id", receipt.id.value},
                          {"userId", receipt.user.value},
                          {"status", inbound::to_text(receipt.kind)}};
  if (receipt.kind == Receipt::Kind::duplicate) response["duplicateOf"] = receipt.id.value;
  if (receipt.dropped > 0) response["dropped"] = receipt.dropped;
  return response;
}

}  // namespace orchestrator::api
