#include "ingest/admission.hpp"

#include <map>
#include <optional>
#include <string>
#include <utility>

namespace orchestrator::ingest {
namespace {

using Kind = Admission::Kind;

// Admits the drafts of one batch in order and remembers those that it admitted, because the database does not
// know them yet.
class BatchAdmission {
 public:
  explicit BatchAdmission(const IngestConfig& limits) : limits_(limits) {}

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
  using UserAndText = std::pair<std::string, std::string>;  // a user, and a key or content hash

  // A row with the draft's own id was stored by a commit whose outcome was unknown; storing it again changes
  // nothing.
  static Admission earlier_or_self(Kind kind, const DraftFacts::Earlier& earlier, const Draft& draft) {
    if (earlier.id == draft.id()) return {Kind::store};
    return Admission{kind, earlier.id, earlier.scheduled_for};
  }

  std::optional<Admission> by_key(const Submission& draft, const SubmissionFacts& facts) const {
    const ScheduleRequest& request = draft.request;
    if (facts.same_key) {
      const bool is_same = facts.same_key->request_hash == request.request_hash;
      return earlier_or_self(is_same ? Kind::replayed : Kind::key_reused, *facts.same_key, draft);
    }
    const auto admitted = keys_.find({request.user.value, *request.idempotency_key});
    if (admitted == keys_.end()) return std::nullopt;
    const Draft& first = *admitted->second;
    const bool is_same = first.request.request_hash == request.request_hash;
    return Admission{is_same ? Kind::replayed : Kind::key_reused, first.id(), first.request.scheduled_for};
  }

  std::optional<Admission> by_content(const Submission& draft, const SubmissionFacts& facts) const {
    const ScheduleRequest& request = draft.request;
    if (request.allow_duplicate || limits_.duplicate_window.count() == 0) return std::nullopt;
    if (facts.same_content) return earlier_or_self(Kind::duplicate, *facts.same_content, draft);
    const auto admitted = contents_.find({request.user.value, request.content_hash});
    if (admitted == contents_.end()) return std::nullopt;
    return Admission{Kind::duplicate, admitted->second->id(), admitted->second->request.scheduled_for};
  }

  bool is_full(const Submission& draft, const SubmissionFacts& facts) const {
    if (limits_.max_queue_per_user == 0) return false;
    const auto found = counts_.find(draft.request.user.value);
    const std::int64_t admitted = found == counts_.end() ? 0 : found->second;
    return facts.waiting + admitted >= limits_.max_queue_per_user;
  }

  void remember(const Submission& draft) {
    const ScheduleRequest& request = draft.request;
    if (request.idempotency_key)
      keys_.emplace(UserAndText{request.user.value, *request.idempotency_key}, &draft);
    contents_.emplace(UserAndText{request.user.value, request.content_hash}, &draft);
    ++counts_[request.user.value];
  }

  const IngestConfig& limits_;
  std::map<UserAndText, const Draft*> keys_;
  std::map<UserAndText, const Draft*> contents_;
  std::map<std::string, std::int64_t> counts_;  // by user
};

}  // namespace

std::vector<Admission> admit(const std::vector<const Draft*>& drafts, const std::vector<DraftFacts>& facts,
                             const IngestConfig& limits) {
  BatchAdmission batch(limits);
  std::vector<Admission> admissions;
  admissions.reserve(drafts.size());
  for (std::size_t i = 0; i < drafts.size(); ++i) admissions.push_back(batch.admit(*drafts[i], facts[i]));
  return admissions;
}

}  // namespace orchestrator::ingest
