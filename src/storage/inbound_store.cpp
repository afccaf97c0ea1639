#include "storage/inbound_store.hpp"

#include <algorithm>
#include <map>
#include <numeric>

#include "storage/coordinator_steps.hpp"
#include "storage/parameters.hpp"
#include "storage/sql.hpp"
#include "storage/tx_settings.hpp"

namespace orchestrator::storage {
namespace {

// A person whom a message of this transaction came from.
struct Sender {
  std::string contact_id;
  std::vector<std::size_t> messages;  // which of the arrivals
  std::int64_t next_position = 0;
  bool has_turn = false;
  bool has_more_waiting = false;
};

class Receiving {
 public:
  Receiving(Transaction& transaction, const InboundRules& rules, UuidV7Source& ids, Instant now)
      : transaction_(transaction), rules_(rules), ids_(ids), now_(now) {}

  std::vector<Receipt> run(const std::vector<Arrival>& arrivals) {
    find_senders(arrivals);
    const std::vector<UserId> people = lock_senders();
    lock_people(people, arrivals);
    std::vector<Receipt> receipts(arrivals.size());
    for (const UserId& user : people) {
      for (const std::size_t i : senders_.at(user).messages) receipts[i] = receive(user, arrivals[i]);
    }
    for (const auto& [user, sender] : senders_) settle(user, sender);
    log_actions(transaction_, actions_, now_);
    add_to_counters(transaction_, counts_);
    return receipts;
  }

 private:
  // New people are added in the order of their ids too: who adds the same person waits.
  void find_senders(const std::vector<Arrival>& arrivals) {
    std::vector<std::size_t> order(arrivals.size());
    std::iota(order.begin(), order.end(), std::size_t{0});
    const auto contact_id = [&](std::size_t i) { return arrivals[i].message.contact_id; };
    std::ranges::stable_sort(order, {}, contact_id);
    for (const std::size_t i : order) {
      senders_[person_of(arrivals[i].message)].messages.push_back(i);
    }
    for (auto& [user, sender] : senders_) {
      std::ranges::sort(sender.messages);
      sender.contact_id = contact_id(sender.messages.back());
    }
  }

  UserId person_of(const IncomingMessage& message) {
    const auto find = [&] { return find_person(transaction_, message.contact_id, message.phone_number); };
    if (auto known = find()) return *known;
    transaction_.run(sql::insert_inbound_user, message.contact_id, message.phone_number);
    return find().value();  // ours, or that of whoever was faster
  }

  // In the database's order of the ids, in which they are received: each receipt locks a budget row.
  std::vector<UserId> lock_senders() {
    std::vector<std::string> users;
    std::vector<std::string> contact_ids;
    std::vector<std::string> messages;
    for (const auto& [user, sender] : senders_) {
      users.push_back(user.value);
      contact_ids.push_back(sender.contact_id);
      messages.push_back(std::to_string(sender.messages.size()));
    }
    std::vector<UserId> locked;
    for (const auto& row : transaction_.run(sql::lock_inbound_contacts, text_array(users),
                                            text_array(contact_ids), text_array(messages))) {
      locked.emplace_back(row["user_id"].as<std::string>());
      Sender& sender = senders_.at(locked.back());
      const auto count = static_cast<std::int64_t>(sender.messages.size());
      sender.next_position = row["received"].as<std::int64_t>() - count + 1;
      sender.has_turn = row["has_turn"].as<bool>();
    }
    return locked;
  }

  void lock_people(const std::vector<UserId>& people, const std::vector<Arrival>& arrivals) {
    std::vector<std::string> users;
    for (const UserId& user : people) users.push_back(user.value);
    const auto is_word = [](const Arrival& arrival) { return arrival.consent != Arrival::Consent::none; };
    const bool may_change = std::ranges::any_of(arrivals, is_word);
    transaction_.run(may_change ? sql::lock_users : sql::share_lock_users, text_array(users));
  }

  Receipt receive(const UserId& user, const Arrival& arrival) {
    ++counts_.received;
    // Words of consent count as often as they are said: only the same message again is a repeat of theirs.
    const bool may_be_answer = arrival.consent == Arrival::Consent::none;
    if (const auto earlier = find_earlier(user, arrival, may_be_answer))
      return repeat(user, arrival.message, *earlier);
    const Receipt::Kind kind = obey(user, arrival);
    if (kind == Receipt::Kind::queued && !may_be_answer) {  // "yes", and it was one
      if (const auto earlier = find_earlier(user, arrival, true))
        return repeat(user, arrival.message, *earlier);
    }
    const MessageId id = ids_.next(now_);
    const bool wakes_queue =
        transaction_
            .run1(sql::insert_inbound_message, id.value, user.value, arrival.message.text,
                  arrival.message.provider_id, format_instant(now_))[0]
            .as<bool>();
    Receipt receipt{.kind = kind, .id = id, .user = user, .wakes_queue = wakes_queue};
    if (kind != Receipt::Kind::queued) {
      place(user, arrival.message, id, "done");
      confirm(user, arrival.message, kind);
      note(kind == Receipt::Kind::opted_out ? "opted_out" : "opted_in", user, {{"message_id", id.value}});
      return receipt;
    }
    place(user, arrival.message, id, "waiting");
    receipt.dropped = join_line(user, id);
    return receipt;
  }

  Receipt repeat(const UserId& user, const IncomingMessage& message, const MessageId& earlier) {
    ++counts_.duplicates;
    place(user, message, earlier, "duplicate");
    note("duplicate", user, {{"duplicate_of", earlier.value}});
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

  Receipt::Kind obey(const UserId& user, const Arrival& arrival) {
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
        return consent_changed_ ? Receipt::Kind::opted_in
                                : Receipt::Kind::queued;  // "yes" may answer the agent
    }
    std::abort();
  }

  void confirm(const UserId& user, const IncomingMessage& message, Receipt::Kind kind) {
    const std::string& text = kind == Receipt::Kind::opted_out ? rules_.opt_out_text : rules_.opt_in_text;
    if (!consent_changed_ || message.gateway_answers_consent || text.empty()) return;
    say(transaction_, user, {Saying::Purpose::consent, "orchestrator", text}, now_, rules_, ids_);
  }

  void place(const UserId& user, const IncomingMessage& message, const MessageId& id, const char* status) {
    Sender& sender = senders_.at(user);
    transaction_.run(sql::insert_inbound_queue_row, ids_.next(now_).value, user.value, message.contact_id,
                     id.value, message.provider_id, message.content_hash, status, sender.next_position++,
                     message.type, message.metadata, format_optional(message.written_at),
                     format_instant(now_));
  }

  // Returns how many gave way.
  std::size_t join_line(const UserId& user, const MessageId& id) {
    const auto row = transaction_.run1(sql::record_contact_arrival, user.value, format_instant(now_));
    const auto waiting = row[0].as<std::size_t>();
    const std::size_t dropped = waiting > rules_.max_waiting ? drop_oldest(user) : 0;
    Sender& sender = senders_.at(user);
    sender.has_more_waiting = true;
    note("received", user, {{"message_id", id.value}},
         {{"waiting", waiting - dropped}, {"busy", sender.has_turn}});
    return dropped;
  }

  std::size_t drop_oldest(const UserId& user) {
    const auto dropped = transaction_.run(sql::drop_oldest_inbound_messages, user.value, rules_.max_waiting,
                                          format_instant(now_));
    for (const auto& row : dropped) note("dropped", user, {{"message_id", row[0].as<std::string>()}});
    counts_.dropped += static_cast<std::int64_t>(dropped.size());
    return dropped.size();
  }

  // While a turn is open, its end sets the alarm.
  void settle(const UserId& user, const Sender& sender) {
    if (sender.has_more_waiting && !sender.has_turn) arm_for_next_turn(transaction_, user, now_, rules_);
  }

  void note(const char* action, const UserId& user, nlohmann::json input,
            nlohmann::json output = nlohmann::json::object()) {
    input["contact_id"] = senders_.at(user).contact_id;
    actions_.push_back({action, user, std::move(input), std::move(output)});
  }

  Transaction& transaction_;
  const InboundRules& rules_;
  UuidV7Source& ids_;
  const Instant now_;
  std::map<UserId, Sender> senders_;
  std::vector<CoordinatorAction> actions_;
  InboundCounts counts_;
  bool consent_changed_ = false;
};

}  // namespace

std::vector<Receipt> receive_arrivals(Transaction& transaction, const InboundRules& rules, UuidV7Source& ids,
                                      const std::vector<Arrival>& arrivals, Instant now) {
  return Receiving(transaction, rules, ids, now).run(arrivals);
}

std::vector<Receipt> InboundStore::receive(const std::vector<Arrival>& arrivals, Instant now) {
  if (arrivals.empty()) return {};
  return in_transaction(database_, kContactTxSettings, [&](Transaction& transaction) {
    return receive_arrivals(transaction, rules_, ids_, arrivals, now);
  });
}

}  // namespace orchestrator::storage
