// Checks the order: a message acknowledged before another of its lane was posted is promoted first; sequences
// are promoted whole and in order; the provider receives a person's messages in the order of promotion.
#include <algorithm>
#include <map>

#include "chaos/checker.hpp"

namespace orchestrator::chaos {
namespace {

using Place = std::pair<Instant, std::string>;

// What of a posted message determines its place in the order.
struct Standing {
  const Post* post;
  std::optional<Place> promoted;
  bool is_waiting = false;
};

class OrderCheck {
 public:
  OrderCheck(const Evidence& evidence, Violations& violations)
      : evidence_(evidence), violations_(violations) {
    for (const SentRow& row : evidence.tables.sent) {
      if (row.purpose.empty()) promoted_[row.text] = {row.created_at, row.id};
    }
    for (const QueueRow& row : evidence.tables.queue) {
      if (row.status == "queued" || row.status == "approved") waiting_.insert(row.text);
    }
  }

  void run() {
    std::map<std::string, std::vector<Standing>> lanes;
    for (const Post& post : evidence_.history.posts) {
      examine_sequence(post);
      // A scheduled message is ordered by its scheduled time; one that the LLM checks may lose its place.
      if (!post.exchange.is_acknowledged() || post.is_scheduled || post.requires_fresh_context) continue;
      const std::string lane = post.user + " " + post.priority + (post.can_delay ? " can delay" : "");
      lanes[lane].push_back(standing_of(post));
    }
    for (const auto& [lane, standings] : lanes) examine_lane(lane, standings);
    examine_deliveries();
  }

 private:
  void report(std::string what) { violations_.push_back({Invariant::order_kept, std::move(what)}); }

  Standing standing_of(const Post& post) const {
    const auto promoted = promoted_.find(post.texts.front());
    Standing standing{&post, std::nullopt, waiting_.contains(post.texts.front())};
    if (promoted != promoted_.end()) standing.promoted = promoted->second;
    return standing;
  }

  void examine_lane(const std::string& lane, const std::vector<Standing>& standings) {
    for (const Standing& later : standings) {
      if (!later.promoted) continue;
      for (const Standing& earlier : standings) {
        if (*earlier.post->exchange.answered_at >= later.post->exchange.at) continue;
        const bool is_overtaken = earlier.promoted ? *earlier.promoted > *later.promoted : earlier.is_waiting;
        if (!is_overtaken) continue;
        report(lane + ": \"" + later.post->texts.front() + "\" went before \"" + earlier.post->texts.front() +
               "\", which had been acknowledged before it was posted");
      }
    }
  }

  void examine_sequence(const Post& post) {
    std::vector<Place> places;
    for (const std::string& text : post.texts) {
      const auto promoted = promoted_.find(text);
      if (promoted != promoted_.end()) places.push_back(promoted->second);
    }
    if (places.empty()) return;
    const bool is_whole = places.size() == post.texts.size() && places.front().first == places.back().first;
    if (!is_whole || !std::ranges::is_sorted(places)) {
      report("the sequence \"" + post.texts.front() + "\" did not go whole and in order");
    }
  }

  void examine_deliveries() {
    std::map<std::string, std::pair<Place, std::string>> last;
    for (const auto& text : evidence_.taken) {
      const auto promoted = promoted_.find(text.body);
      if (promoted == promoted_.end()) continue;  // replies may overtake messages deferred by quiet hours
      auto& [place, body] = last[text.to];
      if (promoted->second < place) report("the provider got \"" + body + "\" before \"" + text.body + "\"");
      place = promoted->second;
      body = text.body;
    }
  }

  const Evidence& evidence_;
  Violations& violations_;
  std::map<std::string, Place> promoted_;
  std::set<std::string> waiting_;
};

}  // namespace

void check_order(const Evidence& evidence, Violations& violations) { OrderCheck(evidence, violations).run(); }

}  // namespace orchestrator::chaos
