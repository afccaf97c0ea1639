#include "app/http_services.hpp"

namespace orchestrator::app {

namespace {

// The waiting messages of one user that are read to predict when one of them will be sent.
constexpr std::size_t kMaxPredictedMessages = 10'000;

}  // namespace

std::optional<UserSnapshot> MessageAdapter::snapshot_of(const UserId& user) {
  return store_.snapshot_of(user, kMaxPredictedMessages);
}

}  // namespace orchestrator::app
