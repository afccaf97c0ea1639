// Checks every posted message: it is stored once and is sent, finished otherwise, or waiting with a reason.
#include <algorithm>
#include <map>

#include "chaos/checker.hpp"

namespace orchestrator::chaos {
namespace {

// A next_attempt_at that is older than this should have been processed.
constexpr std::chrono::seconds kOverdue{10};

class QueueCheck {
 public:
  QueueCheck(const Evidence& evidence, Violations& violations)
      : evidence_(evidence), violations_(violations) {
    for (const QueueRow& row : evidence.tables.queue) {
      by_text_[row.text].push_back(&row);
      by_id_[row.id] = &row;
    }
    for (const SentRow& row : evidence.tables.sent) {
      if (!row.queue_id.empty()) sent_as_[row.queue_id].push_back(&row);
    }
    for (const PersonRow& person : evidence.tables.people) people_[person.id] = &person;
    for (const Post& post : evidence.history.posts) {
      for (const std::string& text : post.texts) posts_[text] = &post;
    }
  }

  void run() {
    std::size_t explained = 0;
    for (const Post& post : evidence_.history.posts) explained += examine(post);
    if (explained != evidence_.tables.queue.size()) {
      report(Invariant::everything_explained, std::to_string(evidence_.tables.queue.size() - explained) +
                                                  " rows of message_queue were never posted");
    }
    for (const Cancel& cancel : evidence_.history.cancels) examine(cancel);
    if (const auto& ids = evidence_.tables.inconsistent_llm_work; !ids.empty()) {
      report(Invariant::everything_explained, "llm_work disagrees with message_queue about " + ids);
    }
  }

 private:
  void report(Invariant invariant, std::string what) { violations_.push_back({invariant, std::move(what)}); }

  // Returns the number of its rows.
  std::size_t examine(const Post& post) {
    std::size_t rows = 0;
    std::size_t parts = 0;
    for (const std::string& text : post.texts) {
      const auto& stored = by_text_[text];
      rows += stored.size();
      parts += stored.empty() ? 0 : 1;
      if (stored.size() > 1) report(Invariant::promoted_once, "\"" + text + "\" is stored twice");
      for (const QueueRow* row : stored) examine(post, *row);
    }
    if (post.exchange.is_acknowledged() && (parts < post.texts.size() || !by_id_.contains(post.id))) {
      report(Invariant::nothing_lost, "\"" + post.texts.front() + "\" was acknowledged as " + post.id);
    }
    if (parts != 0 && parts != post.texts.size()) {
      report(Invariant::order_kept, "of the sequence \"" + post.texts.front() + "\" parts are missing");
    }
    return rows;
  }

  void examine(const Post& post, const QueueRow& row) {
    const auto& sent = sent_as_[row.id];
    if (sent.size() > 1) report(Invariant::promoted_once, "\"" + row.text + "\" was promoted twice");
    if (row.status == "sent") {
      const bool is_there =
          !sent.empty() && sent.front()->id == row.message_id && sent.front()->text == row.text;
      if (!is_there) report(Invariant::nothing_lost, "\"" + row.text + "\" is sent, but not in messages");
      return;
    }
    if (!sent.empty())
      report(Invariant::promoted_once, "\"" + row.text + "\" is " + row.status + ", and was promoted");
    if (row.status == "queued" || row.status == "approved") return examine_waiting(row);
    if (!is_explained(post, row)) {
      report(Invariant::everything_explained,
             "\"" + row.text + "\" of " + row.user + " is " + row.status + ": " + row.reason);
    }
  }

  void examine_waiting(const QueueRow& row) {
    if (row.is_awaiting) return;
    const auto& next_attempt_at = people_.at(row.user)->next_attempt_at;
    if (!next_attempt_at)
      return report(Invariant::nothing_lost, "\"" + row.text + "\" of " + row.user + " waits for ever");
    if (*next_attempt_at < evidence_.tables.read_at - kOverdue) {
      report(Invariant::everything_explained, "\"" + row.text + "\" of " + row.user + " is overdue");
    }
  }

  bool is_explained(const Post& post, const QueueRow& row) const {
    if (row.status == "expired")
      return post.expires_at.has_value() && *post.expires_at <= evidence_.tables.read_at;
    if (row.reason == "opted_out") return people_.at(row.user)->has_opted_out;
    if (row.status == "cancelled") return was_cancelled(post, row);
    if (row.reason == "stale_context") return post.requires_fresh_context;
    return row.status == "superseded" && was_superseded(post, row);
  }

  // Superseded by a message that was not acknowledged before this one was posted: of concurrent requests,
  // either may be the newer one.
  bool was_superseded(const Post& post, const QueueRow& row) const {
    const auto newer = by_id_.find(row.superseded_by);
    if (post.supersede_key.empty() || newer == by_id_.end() || newer->second == &row) return false;
    const auto its_post = posts_.find(newer->second->text);
    if (its_post == posts_.end() || newer->second->user != row.user ||
        newer->second->supersede_key != post.supersede_key)
      return false;
    const auto& answered_at = its_post->second->exchange.answered_at;
    return !answered_at || *answered_at >= post.exchange.at;
  }

  // A sequence is cancelled by the id of its first part. The status does not matter: 409 may mean that an
  // earlier attempt of the same request, whose response was lost, cancelled it.
  bool was_cancelled(const Post& post, const QueueRow& row) const {
    return std::ranges::any_of(evidence_.history.cancels, [&](const Cancel& cancel) {
      return cancel.id == row.id || cancel.id == post.id;
    });
  }

  void examine(const Cancel& cancel) {
    const auto row = by_id_.find(cancel.id);
    const bool is_cancelled = row != by_id_.end() && row->second->status == "cancelled";
    if (cancel.exchange.is_acknowledged() && !is_cancelled) {
      report(Invariant::nothing_lost, "the cancellation of " + cancel.id + " was acknowledged");
    }
  }

  const Evidence& evidence_;
  Violations& violations_;
  std::map<std::string, std::vector<const QueueRow*>> by_text_;
  std::map<std::string, const QueueRow*> by_id_;
  std::map<std::string, std::vector<const SentRow*>> sent_as_;
  std::map<std::string, const PersonRow*> people_;
  std::map<std::string, const Post*> posts_;  // by text
};

}  // namespace

void check_queue(const Evidence& evidence, Violations& violations) { QueueCheck(evidence, violations).run(); }

}  // namespace orchestrator::chaos
