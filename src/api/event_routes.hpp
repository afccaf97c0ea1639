// GET /events: a stream of server-sent events.
#pragma once

#include <memory>
#include <string>

#include "api/router.hpp"
#include "events/broadcast.hpp"

namespace orchestrator::api {

// Called from many threads at once; may throw what storage/errors.hpp lists.
class EventService {
 public:
  virtual ~EventService() = default;

  // A subscription to the events after `last_event_id`, or from now on if that names none. Null when the
  // limit of subscriptions is reached. The service must outlive the subscription.
  virtual std::unique_ptr<events::Subscription> subscribe(const std::string& last_event_id) = 0;
};

// Safe for concurrent use. The service must outlive it.
class EventRoutes {
 public:
  explicit EventRoutes(EventService& service) : service_(service) {}

  Routes routes();

 private:
  Result<Response> stream(const Call& call);

  EventService& service_;
};

}  // namespace orchestrator::api
