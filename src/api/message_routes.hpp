// The routes about one message: GET and DELETE /messages/{id}, and GET /messages/{id}/why.
#pragma once

#include <optional>
#include <string>

#include "api/router.hpp"
#include "orchestrator/clock.hpp"
#include "orchestrator/message_record.hpp"
#include "orchestrator/rules.hpp"

namespace orchestrator::api {

// Called from many threads at once; may throw what storage/errors.hpp lists.
class MessageService {
 public:
  virtual ~MessageService() = default;

  // Nothing for an id that is unknown, or not a UUID.
  virtual std::optional<MessageRecord> find_message(const MessageId& id) = 0;

  // The user's facts and waiting messages, up to some thousands; nothing for an unknown user.
  virtual std::optional<UserSnapshot> snapshot_of(const UserId& user) = 0;

  virtual Cancellation cancel(const MessageId& id, const std::string& reason) = 0;
};

// Safe for concurrent use. What it is given must outlive it.
class MessageRoutes {
 public:
  MessageRoutes(MessageService& service, const Clock& clock, const RuleDefaults& rules)
      : service_(service), clock_(clock), rules_(rules) {}

  Routes routes();

 private:
  Result<Response> get(const Call& call);
  Result<Response> explain(const Call& call);
  Result<Response> cancel(const Call& call);

  MessageService& service_;
  const Clock& clock_;
  const RuleDefaults rules_;
};

}  // namespace orchestrator::api
