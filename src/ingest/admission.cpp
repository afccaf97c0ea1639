#include "ingest/admission.hpp"

#include <map>
#include <optional>
#include <string>
#include <utility>

namespace orchestrator::ingest {
namespace {

using Kind = Admission::Kind;

// Admits one draft after the other.
class Door {
 public:
  explicit Door(const IngestConfig& limits) : limits_(limits) {}

  Admission admit(const Submission& draft, const SubmissionFacts& facts) {
    if (facts.is_locked) return {Kind::locked};
    if (!facts.user_exists) return {Kind::unknown_user};
    const auto earlier = draft.request.idempotency_key ? by_key(draft, facts) : by_content(draft, facts);
    if (earlier) return *earlier;
    if (is_full(draft, facts)) return {Kind::queue_full};
    remember(draft);
    return {Kind::store};
  }

 private:
  using OfUser = std::pair<std::string, std::string>;  // user, then key or hash

  static Admission repeats(Kind kind, const MessageId& id, Instant scheduled_for) {
    return {kind, id, scheduled_for};
  }

  // The draft's own row means that it is being repeated after a lost answer.
  static Admission earlier_or_self(Kind kind, const SubmissionFacts::Earlier& earlier,
                                   const Submission& draft) {
    if (earlier.id == draft.id()) return {Kind::store};
    return repeats(kind, earlier.id, earlier.scheduled_for);
  }

  std::optional<Admission> by_key(const Submission& draft, const SubmissionFacts& facts) const {
    const ScheduleRequest& request = draft.request;
    if (facts.same_key) {
      const bool is_same = facts.same_key->request_hash == request.request_hash;
      return earlier_or_self(is_same ? Kind::replayed : Kind::key_reused, *facts.same_key, draft);
    }
    const auto here = keys_.find({request.user.value, *request.idempotency_key});
    if (here == keys_.end()) return std::nullopt;
    const Submission& first = *here->second;
    const bool is_same = first.request.request_hash == request.request_hash;
    return repeats(is_same ? Kind::replayed : Kind::key_reused, first.id(), first.request.scheduled_for);
  }

  std::optional<Admission> by_content(const Submission& draft, const SubmissionFacts& facts) const {
    const ScheduleRequest& request = draft.request;
    if (request.allow_duplicate || limits_.duplicate_window.count() == 0) return std::nullopt;
    if (facts.same_content) return earlier_or_self(Kind::duplicate, *facts.same_content, draft);
    const auto here = contents_.find({request.user.value, request.content_hash});
    if (here == contents_.end()) return std::nullopt;
    return repeats(Kind::duplicate, here->second->id(), here->second->request.scheduled_for);
  }

  bool is_full(const Submission& draft, const SubmissionFacts& facts) const {
    if (limits_.max_queue_per_user == 0) return false;
    const auto added = added_.find(draft.request.user.value);
    const std::int64_t here = added == added_.end() ? 0 : added->second;
    return facts.waiting + here >= limits_.max_queue_per_user;
  }

  void remember(const Submission& draft) {
    const ScheduleRequest& request = draft.request;
    if (request.idempotency_key) keys_.emplace(OfUser{request.user.value, *request.idempotency_key}, &draft);
    contents_.emplace(OfUser{request.user.value, request.content_hash}, &draft);
    ++added_[request.user.value];
  }

  const IngestConfig& limits_;
  std::map<OfUser, const Submission*> keys_;
  std::map<OfUser, const Submission*> contents_;
  std::map<std::string, std::int64_t> added_;
};

}  // namespace

std::vector<Admission> admit(const std::vector<const Submission*>& drafts,
                             const std::vector<SubmissionFacts>& facts, const IngestConfig& limits) {
  Door door(limits);
  std::vector<Admission> admissions;
  admissions.reserve(drafts.size());
  for (std::size_t i = 0; i < drafts.size(); ++i) admissions.push_back(door.admit(*drafts[i], facts[i]));
  return admissions;
}

}  // namespace orchestrator::ingest
