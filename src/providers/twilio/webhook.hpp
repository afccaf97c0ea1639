// The webhooks that Twilio posts: incoming messages, and the status of sent ones. Only this file knows their
// field names. Pure functions, safe for concurrent use.
// https://www.twilio.com/docs/messaging/guides/webhook-request
#pragma once

#include <optional>
#include <string_view>
#include <variant>

#include "orchestrator/inbound.hpp"
#include "orchestrator/rejection.hpp"
#include "text/form.hpp"

namespace orchestrator::twilio {

// The members of a JSON object as fields. Nothing if the body is not an object or a value is an array or an
// object; null members are skipped.
std::optional<text::FormFields> fields_from_json(std::string_view body);

// Attachments go into the metadata: {"media": [{"url", "contentType"}]}.
std::variant<IncomingMessage, Rejection> incoming_message(const text::FormFields& fields);

// `message_id` is the id in `messages` that the callback's URL carries; it is ignored unless it is a UUID.
// Nothing if the status is unknown or precedes "sent", or if the callback does not identify a message.
std::optional<DeliveryReport> delivery_report(const text::FormFields& fields, std::string_view message_id);

}  // namespace orchestrator::twilio
