#include "support/inbound_world.hpp"

#include <gtest/gtest.h>

#include "policy/consent.hpp"
#include "text/digest.hpp"

namespace orchestrator::support {

IncomingMessage incoming(const std::string& contact, const std::string& text,
                         const std::string& provider_id) {
  IncomingMessage message;
  message.contact_id = contact;
  if (contact.starts_with('+')) message.phone_number = contact;
  message.text = text;
  if (!provider_id.empty()) message.provider_id = provider_id;
  message.content_hash = text::sha256_hex(text);
  return message;
}

InboundWorld::InboundWorld(const InboundConfig& inbound_config) : config(inbound_config) {}

Receipt InboundWorld::says(const std::string& contact, const std::string& text,
                           const std::string& provider_id) {
  static const policy::ConsentReader words;
  return inbound.receive({{words.consent_of(text), incoming(contact, text, provider_id)}}, clock.now()).at(0);
}

Turn InboundWorld::claimed() {
  auto turns_now = turns.claim(1, clock.now());
  if (turns_now.empty()) throw std::runtime_error("no turn is due");
  return turns_now.front();
}

std::vector<Turn> InboundWorld::claimed_all() { return turns.claim(1000, clock.now()); }

TurnResult InboundWorld::answers(const Turn& turn, const std::string& response) {
  return turns.finish(turn.id, turn.token,
                      {.success = true, .response = response, .error = "", .agent = "bot_1"}, clock.now());
}

TurnResult InboundWorld::fails(const Turn& turn, const std::string& error) {
  return turns.finish(turn.id, turn.token, {.success = false, .response = "", .error = error, .agent = ""},
                      clock.now());
}

std::vector<std::string> InboundWorld::texts(const Turn& turn) {
  std::vector<std::string> all;
  for (const auto& message : turn.messages) all.push_back(message.text);
  return all;
}

std::string InboundWorld::line(const std::string& contact) {
  return sql.value(
      "SELECT coalesce(string_agg(status::text, ' ' ORDER BY position), '') FROM inbound_queue WHERE "
      "contact_id = "
      "'" +
      contact + "'");
}

}  // namespace orchestrator::support
