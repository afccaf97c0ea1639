// Checks every promoted message: the provider accepted it once or never, and its row says which.
#include <map>

#include "chaos/checker.hpp"

namespace orchestrator::chaos {
namespace {

class DeliveryCheck {
 public:
  DeliveryCheck(const Evidence& evidence, Violations& violations)
      : evidence_(evidence), violations_(violations) {
    for (const PersonRow& person : evidence.tables.people) people_[person.id] = &person;
    for (const auto& text : evidence.taken) ++taken_[{text.to, text.body}];
    for (const SentRow& row : evidence.tables.sent) ++rows_[text_of(row)];
    for (const Post& post : evidence.history.posts) {
      for (const std::string& text : post.texts) posts_[text] = &post;
    }
  }

  void run() {
    for (const auto& [text, times] : taken_) {
      if (times <= rows_[text]) continue;
      report(Invariant::sent_once, "the provider has \"" + text.second + "\" to " + text.first + " " +
                                       std::to_string(times) + " times");
    }
    for (const SentRow& row : evidence_.tables.sent) examine(row, taken_.contains(text_of(row)));
  }

 private:
  using Text = std::pair<std::string, std::string>;  // recipient and text

  Text text_of(const SentRow& row) const { return {people_.at(row.user)->phone_number, row.text}; }

  void report(Invariant invariant, std::string what) { violations_.push_back({invariant, std::move(what)}); }

  void examine(const SentRow& row, bool is_taken) {
    const std::string name = "\"" + row.text + "\" of " + row.user + " is " + row.status;
    if (row.status == "sent" || row.status == "delivered") {
      if (!is_taken) report(Invariant::nothing_lost, name + ", but the provider has not got it");
    } else if (row.status == "unknown") {
      examine_unknown(row, name, is_taken);
    } else if (row.status == "failed") {
      if (is_taken || !is_explained(row))
        report(Invariant::everything_explained, name + ": " + row.error_code);
    } else if (row.status != "pending" || !row.has_next_attempt) {
      report(Invariant::nothing_lost, name + ", though nothing hinders it any more");
    }
  }

  // Stays `unknown` for good, which an injected fault must explain; what the provider has is found by lookup.
  void examine_unknown(const SentRow& row, const std::string& name, bool is_taken) {
    const bool is_explained = evidence_.in_doubt.contains(row.text) ||
                              (row.error_code == "lease_expired" && !evidence_.history.faults.empty());
    if (!is_explained) report(Invariant::everything_explained, name + ": " + row.error_code);
    if (is_taken && !row.has_next_attempt) {
      report(Invariant::everything_explained, name + " for good, though the provider has it");
    }
  }

  bool is_explained(const SentRow& row) const {
    if (row.error_code == "21211") return true;  // the provider rejects this number
    if (row.error_code == "21610") return people_.at(row.user)->has_opted_out;
    if (row.error_code == "opted_out") return people_.at(row.user)->has_opted_out;
    const auto post = posts_.find(row.text);
    return row.error_code == "expired" && post != posts_.end() && post->second->expires_at.has_value();
  }

  const Evidence& evidence_;
  Violations& violations_;
  std::map<Text, int> taken_;  // times accepted
  std::map<Text, int> rows_;
  std::map<std::string, const PersonRow*> people_;
  std::map<std::string, const Post*> posts_;
};

}  // namespace

void check_deliveries(const Evidence& evidence, Violations& violations) {
  DeliveryCheck(evidence, violations).run();
}

}  // namespace orchestrator::chaos
