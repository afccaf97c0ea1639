#include "storage/inbound_store.hpp"

#include <cstdlib>
#include <string_view>

#include "storage/coordinator_steps.hpp"
#include "storage/errors.hpp"
#include "storage/parameters.hpp"
#include "storage/sql.hpp"
#include "storage/tx_settings.hpp"

namespace orchestrator::storage {
namespace {

// The array parameters of receive_messages(), in its order.
struct ArrivalColumns {
  ArrayLiteral users, contacts, message_ids, queue_ids, texts, provider_ids, content_hashes, consents, types,
      metadata, written_at;

  void add(const Arrival& arrival, const UserId& user, UuidV7Source& ids, Instant now) {
    const IncomingMessage& message = arrival.message;
    users.text(user.value);
    contacts.text(message.contact_id);
    message_ids.text(ids.next(now, user).value);
    queue_ids.text(ids.next(now, user).value);
    texts.text(message.text);
    provider_ids.optional_text(message.provider_id);
    content_hashes.text(message.content_hash);
    consents.text(consent_text(arrival.consent));
    types.text(message.type);
    metadata.text(message.metadata);
    written_at.instant(message.written_at);
  }

 private:
  static std::string_view consent_text(Consent consent) {
    switch (consent) {
      case Consent::none:
        return "none";
      case Consent::stop:
        return "stop";
      case Consent::start:
        return "start";
    }
    std::abort();
  }
};

Receipt::Kind kind_from(const std::string& outcome) {
  if (outcome == "queued") return Receipt::Kind::queued;
  if (outcome == "duplicate") return Receipt::Kind::duplicate;
  return outcome == "opted_out" ? Receipt::Kind::opted_out : Receipt::Kind::opted_in;
}

Receipt receipt_from(const pqxx::row& row, const UserId& user) {
  Receipt receipt;
  receipt.kind = kind_from(row["outcome"].as<std::string>());
  receipt.id = MessageId{row["message_id"].as<std::string>()};
  receipt.user = user;
  receipt.dropped = row["dropped"].as<std::size_t>();
  receipt.wakes_queue = row["wakes_queue"].as<bool>();
  return receipt;
}

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
  ArrivalColumns columns;
  for (const Arrival& arrival : arrivals)
    columns.add(arrival, users.at(arrival.message.contact_id), ids, now);
  const bool compares_content = rules.duplicate_window.count() > 0;
  const auto rows = transaction.run(
      sql::receive_messages, columns.users.take(), columns.contacts.take(), columns.message_ids.take(),
      columns.queue_ids.take(), columns.texts.take(), columns.provider_ids.take(),
      columns.content_hashes.take(), columns.consents.take(), columns.types.take(), columns.metadata.take(),
      columns.written_at.take(),
      compares_content ? std::optional(format_instant(now - rules.duplicate_window)) : std::nullopt,
      rules.max_waiting, rules.max_batch, format_instant(now));
  std::vector<Receipt> receipts(arrivals.size());
  for (const auto& row : rows) {
    const auto index = row["arrival"].as<std::size_t>() - 1;
    const IncomingMessage& message = arrivals.at(index).message;
    Receipt& receipt = receipts[index];
    receipt = receipt_from(row, users.at(message.contact_id));
    if (!row["changed_consent"].as<bool>() || message.gateway_consent) continue;
    const bool is_stop = receipt.kind == Receipt::Kind::opted_out;
    const std::string& text = is_stop ? rules.opt_out_text : rules.opt_in_text;
    if (!text.empty()) insert_confirmation(transaction, receipt.user, text, now, rules, ids);
  }
  return receipts;
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
