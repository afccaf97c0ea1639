// The clients' record of a run: requests and acknowledgements. Together with the tables it is the checker's
// input.
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

// A request and its final response. A request without one may or may not have taken effect.
struct RequestRecord {
  Instant at;
  std::optional<Instant> answered_at = {};
  int status = 0;

  bool is_acknowledged() const { return status == 200 || status == 201; }
};

// A message to be sent. Its texts are unique.
struct Post {
  std::string user;
  std::vector<std::string> texts;  // one, or the parts of a sequence
  std::string priority = "medium";
  bool can_delay = true;
  bool requires_fresh_context = false;
  bool is_scheduled = false;  // scheduledFor is in the future
  std::string supersede_key = {};
  std::optional<Instant> expires_at = {};
  RequestRecord exchange = {};
  std::string id = {};  // of the acknowledged message
};

struct Cancel {
  std::string id;
  RequestRecord exchange = {};
};

// A message from a person, posted by a gateway.
struct InboundPost {
  std::string user;
  std::string text;
  RequestRecord exchange = {};
  std::string id = {};      // of the row in messages
  std::string status = {};  // as acknowledged
};

// A settings change of a person; `number` increases with each.
struct Put {
  std::string user;
  int number = 0;
  RequestRecord exchange = {};
};

// An operator flushes a person's inbound queue; "": all queues.
struct Flush {
  std::string user;
  RequestRecord exchange = {};
};

struct Fault {
  std::string what;
  Instant at;
};

struct Records {
  std::vector<Post> posts;
  std::vector<Cancel> cancels;
  std::vector<InboundPost> inbound;
  std::vector<Put> puts;
  std::vector<Flush> flushes;
  std::vector<Fault> faults;
  std::vector<std::string> unexplained_responses;  // responses that no fault explains
};

// Safe for concurrent use. Append-only: a request is recorded before it is sent, its response is added later.
class History {
 public:
  // Records a request sent now; returns its index.
  template <class Request>
  std::size_t ask(std::vector<Request> Records::*kind, Request request) {
    const std::lock_guard lock(mutex_);
    request.exchange.at = wall_clock();
    (records_.*kind).push_back(std::move(request));
    return (records_.*kind).size() - 1;
  }

  template <class Request, class Change>
  void answer(std::vector<Request> Records::*kind, std::size_t place, int status, Change change) {
    const std::lock_guard lock(mutex_);
    Request& request = (records_.*kind)[place];
    request.exchange.answered_at = wall_clock();
    request.exchange.status = status;
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

// For people to read: one line per request.
void write(const Records& records, const std::filesystem::path& file);

}  // namespace orchestrator::chaos
