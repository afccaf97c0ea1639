#include "providers/console_sender.hpp"

#include <fmt/format.h>

#include "logging/logging.hpp"

namespace orchestrator::providers {

SendOutcome ConsoleSender::send(const OutgoingMessage& message, const std::stop_token&) {
  const std::string number =
      message.phone_number.empty() ? "no phone number" : mask_phone_number(message.phone_number);
  logging::info(fmt::format("Text to {} ({}): {}", mask_user_id(message.user), number, message.text));
  return {SendOutcome::Kind::accepted, "console-" + message.id.value, {}};
}

}  // namespace orchestrator::providers
