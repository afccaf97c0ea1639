// What the clients of a run remember: what they asked for, and what was acknowledged. Together with the
// tables it is all that the checker reads.
#pragma once

#include <chrono>
#include <filesystem>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "orchestrator/instant.hpp"

namespace orchestrator::chaos {

Instant wall_clock();

// A request and the answer that settled it. Unanswered ones may or may not have been done.
struct Asked {
  Instant at;
  std::optional<Instant> answered_at = {};
  int status = 0;

  bool is_acknowledged() const { return status == 200 || status == 201; }
};

// A message to be sent. Its texts are those of no other.
struct Post {
  std::string user;
  std::vector<std::string> texts;  // one, or the parts of a sequence
  std::string priority = "medium";
  bool can_delay = true;
  bool requires_fresh_context = false;
  bool is_scheduled = false;  // for a later time
  std::string supersede_key = {};
  std::optional<Instant> expires_at = {};
  Asked asked = {};
  std::string id = {};  // of the acknowledged message
};

struct Cancel {
  std::string id;
  Asked asked = {};
};

// What a person wrote, by way of a gateway.
struct Said {
  std::string user;
  std::string text;
  Asked asked = {};
  std::string id = {};      // of the row in messages
  std::string status = {};  // as it was acknowledged
};

// A setting of a person; each has a greater number than the one before.
struct Put {
  std::string user;
  int number = 0;
  Asked asked = {};
};

// An operator empties a person's line; "": everybody's.
struct Flush {
  std::string user;
  Asked asked = {};
};

struct Fault {
  std::string what;
  Instant at;
};

struct Records {
  std::vector<Post> posts;
  std::vector<Cancel> cancels;
  std::vector<Said> said;
  std::vector<Put> puts;
  std::vector<Flush> flushes;
  std::vector<Fault> faults;
  std::vector<std::string> surprises;  // answers that no fault explains
};

// Safe for concurrent use. Nothing is ever taken back: a request is noted before it goes out, its answer is
// added.
class History {
 public:
  // Notes it as asked for now; returns its place.
  template <class Request>
  std::size_t ask(std::vector<Request> Records::*kind, Request request) {
    const std::lock_guard lock(mutex_);
    request.asked.at = wall_clock();
    (records_.*kind).push_back(std::move(request));
    return (records_.*kind).size() - 1;
  }

  template <class Request, class Change>
  void answer(std::vector<Request> Records::*kind, std::size_t place, int status, Change change) {
    const std::lock_guard lock(mutex_);
    Request& request = (records_.*kind)[place];
    request.asked.answered_at = wall_clock();
    request.asked.status = status;
    change(request);
  }

  void note_fault(const std::string& what);
  void note_surprise(const std::string& what);

  Records records() const;
  std::size_t acknowledged_posts() const;

 private:
  mutable std::mutex mutex_;
  Records records_;
};

// To be looked at by people, a request a line.
void write(const Records& records, const std::filesystem::path& file);

}  // namespace orchestrator::chaos
