#include <algorithm>

#include "storage/contact_store.hpp"
#include "storage/coordinator_steps.hpp"
#include "storage/sql.hpp"
#include "storage/tx_settings.hpp"

namespace orchestrator::storage {
namespace {

Arrival arrival(const std::string& contact, const std::string& provider_id, const std::string& text) {
  IncomingMessage message;
  message.contact_id = contact;
  message.text = text;
  message.provider_id = provider_id;
  message.content_hash = std::string(62, '0') + (text == "first" ? "01" : "02");
  return {Consent::none, message};
}

}  // namespace

std::vector<SelfTestStep> ContactStore::run_self_test(Instant now) {
  InboundRules rules = rules_;
  rules.max_waiting = std::max<std::size_t>(rules.max_waiting, 2);
  const std::string contact = "self-test-" + ids_.next_token(now);  // a contact that no gateway names
  return in_transaction(database_, kSelfTestTxSettings, [&](Transaction& transaction) {
    transaction.exec("SAVEPOINT self_test");
    std::vector<SelfTestStep> steps;
    create_user_of_contact(transaction, contact, std::nullopt);
    const auto receipts = receive_arrivals(
        transaction, rules, ids_,
        {arrival(contact, "1", "first"), arrival(contact, "2", "second"), arrival(contact, "1", "first")},
        {{contact, UserId{contact}}}, now);
    steps.push_back({"two messages are queued",
                     receipts[0].kind == Receipt::Kind::queued && receipts[1].kind == Receipt::Kind::queued});
    steps.push_back({"a repeat is recognised",
                     receipts[2].kind == Receipt::Kind::duplicate && receipts[2].id == receipts[0].id});
    transaction.run(sql::move_contact_to_front, receipts[0].user.value);
    const TurnClaim claim{.limit = 1, .ends_expired = true, .only_shard_of = receipts[0].user};
    const auto turns = claim_turns(transaction, rules, claim, now).turns;
    const bool is_expected = turns.size() == 1 && turns[0].user == receipts[0].user;
    steps.push_back({"they come as one turn, in order", is_expected && turns[0].messages.size() == 2 &&
                                                            turns[0].messages[0].id == receipts[0].id &&
                                                            turns[0].messages[1].id == receipts[1].id});
    if (is_expected) {
      const AgentAnswer answer{.success = true, .response = "a reply", .error = "", .agent = ""};
      const auto other =
          finish_turn(transaction, rules, ids_, turns[0].id, receipts[0].id.value, answer, now);
      steps.push_back({"an answer with another token is refused", other.outcome == TurnOutcome::stale});
      const auto done = finish_turn(transaction, rules, ids_, turns[0].id, turns[0].token, answer, now);
      steps.push_back({"the reply is recorded", done.outcome == TurnOutcome::done && done.reply.has_value()});
    }
    transaction.exec("ROLLBACK TO SAVEPOINT self_test");
    return steps;
  });
}

}  // namespace orchestrator::storage
