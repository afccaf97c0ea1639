// What Twilio posts: messages that people wrote, and what became of ours. The only place that knows its field
// names. Pure functions, safe from any thread.
// https://www.twilio.com/docs/messaging/guides/webhook-request
#pragma once

#include <optional>
#include <string_view>
#include <variant>

#include "orchestrator/inbound.hpp"
#include "orchestrator/rejection.hpp"
#include "text/form.hpp"

namespace orchestrator::twilio {

// Fields of a JSON object whose values are texts, numbers or booleans; nothing for anything else.
std::optional<text::FormFields> fields_of_json(std::string_view body);

// Pictures and the like are in the metadata: {"media": [{"url", "contentType"}]}.
std::variant<IncomingMessage, Rejection> message_from_twilio(const text::FormFields& fields);

// `message_id` is of the row in `messages`, as the callback's URL gives it; anything but a UUID is left
// aside. Nothing for a status of which there is nothing to report: the message is still on its way.
std::optional<DeliveryReport> report_from_twilio(const text::FormFields& fields, std::string_view message_id);

}  // namespace orchestrator::twilio
