#include "storage/inbound_store.hpp"

#include <algorithm>
#include <map>

#include "storage/coordinator_steps.hpp"
#include "storage/errors.hpp"
#include "storage/parameters.hpp"
#include "storage/sql.hpp"
#include "storage/tx_settings.hpp"

namespace orchestrator::storage {
namespace {

// A contact with messages in this transaction.
struct ArrivingContact {
  std::string contact_id;
  std::vector<std::size_t> messages;  // indices of arrivals
  std::int64_t next_position = 0;
  bool has_turn = false;
  bool has_more_waiting = false;
};

// The arrivals of one transaction.
class ArrivalBatch {
 public:
  ArrivalBatch(Transaction& transaction, const InboundRules& rules, UuidV7Source& ids,
               const UsersOfContacts& users, Instant now)
      : transaction_(transaction), rules_(rules), ids_(ids), users_(users), now_(now) {}

  std::vector<Receipt> run(const std::vector<Arrival>& arrivals) {
    group_by_contact(arrivals);
    const std::vector<UserId> users = lock_contacts();
    lock_users(users, arrivals);
    std::vector<Receipt> receipts(arrivals.size());
    for (const UserId& user : users) {
      for (const std::size_t i : contacts_.at(user).messages) receipts[i] = receive(user, arrivals[i]);
    }
    for (const auto& [user, contact] : contacts_) arm(user, contact);
    log_actions(transaction_, actions_, now_);
    add_to_counters(transaction_, users.front(), counts_);
    return receipts;
  }

 private:
  void group_by_contact(const std::vector<Arrival>& arrivals) {
    for (std::size_t i = 0; i < arrivals.size(); ++i) {
      const std::string& contact_id = arrivals[i].message.contact_id;
      ArrivingContact& contact = contacts_[users_.at(contact_id)];
      contact.messages.push_back(i);
      contact.contact_id = contact_id;
    }
  }

  // Locks the contacts and returns their users in the database's order of ids. Arrivals are received in this
  // order, because receiving locks budget rows.
  std::vector<UserId> lock_contacts() {
    std::vector<std::string> users;
    std::vector<std::string> contact_ids;
    std::vector<std::string> messages;
    for (const auto& [user, contact] : contacts_) {
      users.push_back(user.value);
      contact_ids.push_back(contact.contact_id);
      messages.push_back(std::to_string(contact.messages.size()));
    }
    std::vector<UserId> locked;
    for (const auto& row : transaction_.run(sql::lock_inbound_contacts, text_array(users),
                                            text_array(contact_ids), text_array(messages))) {
      locked.emplace_back(row["user_id"].as<std::string>());
      ArrivingContact& contact = contacts_.at(locked.back());
      const auto count = static_cast<std::int64_t>(contact.messages.size());
      contact.next_position = row["received"].as<std::int64_t>() - count + 1;
      contact.has_turn = row["has_turn"].as<bool>();
    }
    return locked;
  }

  void lock_users(const std::vector<UserId>& users, const std::vector<Arrival>& arrivals) {
    std::vector<std::string> user_ids;
    for (const UserId& user : users) user_ids.push_back(user.value);
    const auto is_keyword = [](const Arrival& arrival) { return arrival.consent != Arrival::Consent::none; };
    const bool may_change = std::ranges::any_of(arrivals, is_keyword);
    transaction_.run(may_change ? sql::lock_users : sql::share_lock_users, text_array(user_ids));
  }

  Receipt receive(const UserId& user, const Arrival& arrival) {
    ++counts_.received;
    // A consent keyword takes effect each time it is sent: only the gateway's repetition of the same message
    // is a duplicate.
    const bool may_be_answer = arrival.consent == Arrival::Consent::none;
    if (const auto earlier = find_earlier(user, arrival, may_be_answer))
      return record_duplicate(user, arrival.message, *earlier);
    const Receipt::Kind kind = apply_consent(user, arrival);
    // A keyword such as "yes" that changed nothing may be an answer to the agent.
    if (kind == Receipt::Kind::queued && !may_be_answer) {
      if (const auto earlier = find_earlier(user, arrival, true))
        return record_duplicate(user, arrival.message, *earlier);
    }
    const MessageId id = ids_.next(now_, user);
    const bool wakes_queue =
        transaction_
            .run1(sql::insert_inbound_message, id.value, user.value, arrival.message.text,
                  arrival.message.provider_id, format_instant(now_))[0]
            .as<bool>();
    Receipt receipt{.kind = kind, .id = id, .user = user, .wakes_queue = wakes_queue};
    if (kind != Receipt::Kind::queued) {
      insert_into_queue(user, arrival.message, id, "done");
      confirm_consent(user, arrival.message, kind);
      log(kind == Receipt::Kind::opted_out ? "opted_out" : "opted_in", user, {{"message_id", id.value}});
      return receipt;
    }
    insert_into_queue(user, arrival.message, id, "waiting");
    receipt.dropped = join_queue(user, id);
    return receipt;
  }

  Receipt record_duplicate(const UserId& user, const IncomingMessage& message, const MessageId& earlier) {
    ++counts_.duplicates;
    insert_into_queue(user, message, earlier, "duplicate");
    log("duplicate", user, {{"duplicate_of", earlier.value}});
    return {.kind = Receipt::Kind::duplicate, .id = earlier, .user = user};
  }

  std::optional<MessageId> find_earlier(const UserId& user, const Arrival& arrival, bool by_content) {
    const bool has_window = rules_.duplicate_window.count() > 0;
    const auto hash = by_content && has_window ? std::optional(arrival.message.content_hash) : std::nullopt;
    const auto rows =
        transaction_.run(sql::find_earlier_inbound_message, user.value, arrival.message.provider_id, hash,
                         format_instant(now_ - rules_.duplicate_window));
    if (rows.empty()) return std::nullopt;
    return MessageId{rows[0][0].as<std::string>()};
  }

  Receipt::Kind apply_consent(const UserId& user, const Arrival& arrival) {
    const auto changes = [&](const std::string& statement) {
      return transaction_.run(statement, user.value, format_instant(now_)).affected_rows() > 0;
    };
    switch (arrival.consent) {
      case Arrival::Consent::none:
        return Receipt::Kind::queued;
      case Arrival::Consent::stop:
        consent_changed_ = changes(sql::opt_out_user);
        return Receipt::Kind::opted_out;
      case Arrival::Consent::start:
        consent_changed_ = changes(sql::opt_in_user);
        return consent_changed_ ? Receipt::Kind::opted_in : Receipt::Kind::queued;
    }
    std::abort();
  }

  void confirm_consent(const UserId& user, const IncomingMessage& message, Receipt::Kind kind) {
    const std::string& text = kind == Receipt::Kind::opted_out ? rules_.opt_out_text : rules_.opt_in_text;
    if (!consent_changed_ || message.gateway_answers_consent || text.empty()) return;
    insert_reply(transaction_, user, {Reply::Purpose::consent, "orchestrator", text}, now_, rules_, ids_);
  }

  void insert_into_queue(const UserId& user, const IncomingMessage& message, const MessageId& id,
                         const char* status) {
    ArrivingContact& contact = contacts_.at(user);
    transaction_.run(sql::insert_inbound_queue_row, ids_.next(now_, user).value, user.value,
                     message.contact_id, id.value, message.provider_id, message.content_hash, status,
                     contact.next_position++, message.type, message.metadata,
                     format_optional(message.written_at), format_instant(now_));
  }

  // Returns the number of older messages that were dropped.
  std::size_t join_queue(const UserId& user, const MessageId& id) {
    const auto row = transaction_.run1(sql::record_contact_arrival, user.value, format_instant(now_));
    const auto waiting = row[0].as<std::size_t>();
    const std::size_t dropped = waiting > rules_.max_waiting ? drop_oldest(user) : 0;
    ArrivingContact& contact = contacts_.at(user);
    contact.has_more_waiting = true;
    log("received", user, {{"message_id", id.value}},
        {{"waiting", waiting - dropped}, {"busy", contact.has_turn}});
    return dropped;
  }

  std::size_t drop_oldest(const UserId& user) {
    const auto dropped = transaction_.run(sql::drop_oldest_inbound_messages, user.value, rules_.max_waiting,
                                          format_instant(now_));
    for (const auto& row : dropped) log("dropped", user, {{"message_id", row[0].as<std::string>()}});
    counts_.dropped += static_cast<std::int64_t>(dropped.size());
    return dropped.size();
  }

  // While a turn is open, its end sets the next turn.
  void arm(const UserId& user, const ArrivingContact& contact) {
    if (contact.has_more_waiting && !contact.has_turn) arm_contact(transaction_, user, now_, rules_);
  }

  void log(const char* action, const UserId& user, nlohmann::json input,
           nlohmann::json output = nlohmann::json::object()) {
    input["contact_id"] = contacts_.at(user).contact_id;
    actions_.push_back({action, user, std::move(input), std::move(output)});
  }

  Transaction& transaction_;
  const InboundRules& rules_;
  UuidV7Source& ids_;
  const UsersOfContacts& users_;
  const Instant now_;
  std::map<UserId, ArrivingContact> contacts_;
  std::vector<CoordinatorAction> actions_;
  InboundCounts counts_;
  bool consent_changed_ = false;
};

// How often the users are looked up again because one of them was deleted meanwhile.
constexpr int kMaxAttempts = 3;

// Each new user is created in a transaction of its own, which may touch two shards; if the messages are not
// stored afterwards, the user stays. `is_repeated`: a user that was found before does not exist.
UsersOfContacts find_or_create_users(Database& database, const std::vector<Arrival>& arrivals,
                                     bool is_repeated) {
  std::vector<std::string> contact_ids;
  for (const Arrival& arrival : arrivals) contact_ids.push_back(arrival.message.contact_id);
  UsersOfContacts users;
  if (!is_repeated) users = find_users_of_contacts(database, contact_ids);
  bool has_created = false;
  for (const Arrival& arrival : arrivals) {
    const IncomingMessage& message = arrival.message;
    if (!users.try_emplace(message.contact_id).second) continue;
    in_transaction(database, kContactTxSettings, [&](Transaction& transaction) {
      create_user_of_contact(transaction, message.contact_id, message.phone_number);
    });
    has_created = true;
  }
  if (!has_created) return users;
  users = find_users_of_contacts(database, contact_ids);  // of another transaction, if that was faster
  for (const std::string& contact_id : contact_ids) {
    if (!users.contains(contact_id))
      throw Unavailable("A user was deleted while their first message was received");
  }
  return users;
}

}  // namespace

std::vector<Receipt> receive_arrivals(Transaction& transaction, const InboundRules& rules, UuidV7Source& ids,
                                      const std::vector<Arrival>& arrivals, const UsersOfContacts& users,
                                      Instant now) {
  return ArrivalBatch(transaction, rules, ids, users, now).run(arrivals);
}

std::vector<Receipt> InboundStore::receive(const std::vector<Arrival>& arrivals, Instant now) {
  if (arrivals.empty()) return {};
  for (int attempt = 1;; ++attempt) {
    const UsersOfContacts users = find_or_create_users(database_, arrivals, attempt > 1);
    try {
      return in_transaction(database_, kContactTxSettings, [&](Transaction& transaction) {
        return receive_arrivals(transaction, rules_, ids_, arrivals, users, now);
      });
    } catch (const BadData& failure) {  // a user was deleted since it was found
      if (!failure.is_foreign_key_violation() || attempt == kMaxAttempts) throw;
    }
  }
}

}  // namespace orchestrator::storage
