#include "ingest/admission_oracle.hpp"

#include <map>
#include <optional>
#include <string>
#include <utility>

namespace orchestrator::ingest {
namespace {

using Kind = Admission::Kind;

Admission repeats(Kind kind, const MessageId& earlier, Instant scheduled_for) {
  return {.kind = kind, .earlier = {.message = {.id = earlier, .scheduled_for = scheduled_for}}};
}

// Admits the submissions of one batch in order and remembers those that it admitted, because the database
// does not know them yet.
class BatchAdmission {
 public:
  explicit BatchAdmission(const IngestConfig& limits) : limits_(limits) {}

  Admission admit(const Submission& submission, const SubmissionFacts& facts) {
    if (facts.is_locked) return {Kind::locked};
    if (!facts.user_exists) return {Kind::unknown_user};
    const auto earlier =
        submission.request.idempotency_key ? by_key(submission, facts) : by_content(submission, facts);
    if (earlier) return *earlier;
    if (is_full(submission, facts)) return {Kind::queue_full};
    remember(submission);
    return {Kind::store};
  }

 private:
  using UserAndText = std::pair<std::string, std::string>;  // a user, and a key or content hash

  // A row with the submission's own id was stored by a commit whose outcome was unknown; storing it again
  // changes nothing.
  static Admission earlier_or_self(Kind kind, const SubmissionFacts::Earlier& earlier,
                                   const Submission& submission) {
    if (earlier.id == submission.id()) return {Kind::store};
    return repeats(kind, earlier.id, earlier.scheduled_for);
  }

  std::optional<Admission> by_key(const Submission& submission, const SubmissionFacts& facts) const {
    const ScheduleRequest& request = submission.request;
    if (facts.same_key) {
      const bool is_same = facts.same_key->request_hash == request.request_hash;
      return earlier_or_self(is_same ? Kind::replayed : Kind::key_reused, *facts.same_key, submission);
    }
    const auto admitted = keys_.find({request.user.value, *request.idempotency_key});
    if (admitted == keys_.end()) return std::nullopt;
    const Submission& first = *admitted->second;
    const bool is_same = first.request.request_hash == request.request_hash;
    return repeats(is_same ? Kind::replayed : Kind::key_reused, first.id(), first.request.scheduled_for);
  }

  std::optional<Admission> by_content(const Submission& submission, const SubmissionFacts& facts) const {
    const ScheduleRequest& request = submission.request;
    if (request.allow_duplicate || limits_.duplicate_window.count() == 0) return std::nullopt;
    if (facts.same_content) return earlier_or_self(Kind::duplicate, *facts.same_content, submission);
    const auto admitted = contents_.find({request.user.value, request.content_hash});
    if (admitted == contents_.end()) return std::nullopt;
    return repeats(Kind::duplicate, admitted->second->id(), admitted->second->request.scheduled_for);
  }

  bool is_full(const Submission& submission, const SubmissionFacts& facts) const {
    if (limits_.max_queue_per_user == 0) return false;
    const auto found = counts_.find(submission.request.user.value);
    const std::int64_t admitted = found == counts_.end() ? 0 : found->second;
    return facts.waiting + admitted >= limits_.max_queue_per_user;
  }

  void remember(const Submission& submission) {
    const ScheduleRequest& request = submission.request;
    if (request.idempotency_key)
      keys_.emplace(UserAndText{request.user.value, *request.idempotency_key}, &submission);
    contents_.emplace(UserAndText{request.user.value, request.content_hash}, &submission);
    ++counts_[request.user.value];
  }

  const IngestConfig& limits_;
  std::map<UserAndText, const Submission*> keys_;
  std::map<UserAndText, const Submission*> contents_;
  std::map<std::string, std::int64_t> counts_;  // by user
};

}  // namespace

std::vector<Admission> admit(const std::vector<const Submission*>& submissions,
                             const std::vector<SubmissionFacts>& facts, const IngestConfig& limits) {
  BatchAdmission batch(limits);
  std::vector<Admission> admissions;
  admissions.reserve(submissions.size());
  for (std::size_t i = 0; i < submissions.size(); ++i)
    admissions.push_back(batch.admit(*submissions[i], facts[i]));
  return admissions;
}

}  // namespace orchestrator::ingest
