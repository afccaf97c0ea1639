#include "providers/twilio/message_status.hpp"

#include <algorithm>
#include <array>

namespace orchestrator::twilio {

using Status = DeliveryReport::Status;

bool is_before_sent(std::string_view status) {
  constexpr std::array before = {"accepted", "scheduled", "queued", "sending"};
  return std::ranges::find(before, status) != before.end();
}

std::optional<Status> message_status(std::string_view status) {
  if (status == "sent" || is_before_sent(status)) return Status::sent;
  if (status == "delivered" || status == "read") return Status::delivered;
  if (status == "undelivered") return Status::undelivered;
  if (status == "failed" || status == "canceled") return Status::failed;
  return std::nullopt;
}

}  // namespace orchestrator::twilio
