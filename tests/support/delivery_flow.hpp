// Delivery of promoted messages on a real database, with a manual clock and a scripted provider.
#pragma once

#include <gtest/gtest.h>

#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "delivery/delivery.hpp"
#include "providers/twilio/sender.hpp"
#include "support/eventually.hpp"
#include "support/stand_in_twilio.hpp"
#include "support/world.hpp"

namespace orchestrator::support {

inline constexpr const char* kAnn = "+15550100001";

// The time-out of a call to the provider.
inline constexpr std::chrono::milliseconds kTimeout{500};

class DeliveryFlow : public ::testing::Test {
 protected:
  DeliveryFlow() { add("ann", kAnn); }

  void add(const std::string& user, const std::string& number) {
    world.users.put(User{.id = UserId{user}, .phone_number = number, .timezone = "Europe/London"});
  }

  // Inserts a promoted message; later calls insert later messages.
  void promote(const std::string& user, const std::string& text, const std::string& purpose = "") {
    world.clock.advance(std::chrono::milliseconds{1});
    world.sql.run("INSERT INTO messages (user_id, direction, role, content, created_at, purpose) VALUES ('" +
                  user + "', 'outbound', 'concierge', '" + text + "', '" + format_instant(world.clock.now()) +
                  "', nullif('" + purpose + "', '')::message_purpose)");
  }

  void provider_does(StandInTwilio::Plan plan) { twilio.emplace(std::move(plan)); }

  // Makes the provider do the same with every message.
  void provider_does(StandInTwilio::Conduct conduct) {
    provider_does([conduct](const std::string&, int) { return conduct; });
  }

  void deliver(UnknownPolicy policy = UnknownPolicy::hold, std::size_t concurrency = 4,
               std::int64_t per_second = 0) {
    if (!twilio) twilio.emplace();
    sender.emplace(twilio->config(), "https://texts.example/", kTimeout, http);
    delivery.emplace(context(policy, concurrency, per_second));
  }

  delivery::Delivery::Context context(UnknownPolicy policy, std::size_t concurrency,
                                      std::int64_t per_second) {
    return {.store = world.deliveries,
            .sender = *sender,
            .clock = world.clock,
            .ids = world.ids,
            .rules = world.rules,
            .unknown_policy = policy,
            .concurrency = concurrency,
            .messages_per_second = per_second,
            .on_attempt = [](const delivery::Delivery::Attempt&) {}};
  }

  // Advances the clock until the condition holds.
  bool in_time(const std::function<bool()>& condition, Duration step = std::chrono::seconds{1}) {
    return eventually([&] {
      if (condition()) return true;
      world.clock.advance(step);
      delivery->wake();
      return false;
    });
  }

  // Describes the only message with this text as status|provider id|attempts|error code, e.g. "sent|SM1|1|".
  std::string row(const std::string& text) {
    return world.sql.value(
        "SELECT concat_ws('|', status, coalesce(provider_message_id, '-'), attempts, error_code) FROM "
        "messages "
        "WHERE content = '" +
        text + "' AND direction = 'outbound'");
  }

  bool becomes(const std::string& text, const std::string& expected) {
    const bool did = in_time([&] { return row(text) == expected; });
    if (!did) ADD_FAILURE() << text << " is " << row(text) << ", not " << expected;
    return did;
  }

  // All entries of agent_actions_log, in order.
  std::vector<std::string> log() {
    return world.sql.column(
        "SELECT concat_ws(' ', action_type, output_data ->> 'reason') FROM agent_actions_log "
        "WHERE action_type LIKE '%sen%' ORDER BY created_at, id");
  }

  support::World world;
  std::optional<StandInTwilio> twilio;
  net::HttpClient http;
  std::optional<twilio::TwilioSender> sender;
  std::optional<delivery::Delivery> delivery;  // last: it uses the rest
};

}  // namespace orchestrator::support
