// Twilio in miniature, and as badly behaved as a test wishes.
#pragma once

#include <functional>
#include <map>
#include <mutex>
#include <string>
#include <vector>

#include "orchestrator/config.hpp"
#include "support/scripted_server.hpp"

namespace orchestrator::support {

class StandInTwilio {
 public:
  // What it does with a message that it is given; of those that say "accept" it really takes it.
  enum class Conduct {
    accept,
    accept_and_fail,   // 500, though it has taken it
    accept_and_hang,   // no answer, though it has taken it
    accept_and_reset,  // the connection is reset, though it has taken it
    hang,
    reset,
    fail,         // 500
    unavailable,  // 503
    too_many,     // 429, Retry-After: 1
    bad_number,   // 400, 21211
    unsubscribed  // 400, 21610
  };
  // `before`: how often the same text was posted before. Called from many threads at once; may block.
  using Plan = std::function<Conduct(const std::string& text, int before)>;

  explicit StandInTwilio(Plan plan = [](const std::string&, int) { return Conduct::accept; });

  std::string url() const { return server_.url(); }
  TwilioConfig config() const;

  struct Text {
    std::string sid;
    std::string to;
    std::string body;
    std::string callback;  // where its reports are to go; "" for nowhere
  };
  // Every text that it has taken, in order: what people would receive.
  std::vector<Text> taken() const;
  std::vector<std::string> received_by(const std::string& phone_number) const;

  int posts() const;  // of messages, whatever became of them
  SeenRequest last_post() const;

  // Reports to the service on this port what has become of the message that was posted last, at the path of
  // its StatusCallback, signed. Returns the service's answer.
  int report(int port, const std::string& sid, const std::string& status) const;

  // The same for any message, whose StatusCallback this is.
  static int report_to(const std::string& callback, int port, const std::string& sid,
                       const std::string& status);

  // The most messages to one number that were in its hands at once.
  int most_at_once_to_one() const;

 private:
  ScriptedReply reply(const SeenRequest& request);
  ScriptedReply answer_post(const SeenRequest& request);
  ScriptedReply list(const SeenRequest& request) const;
  std::string take(const SeenRequest& request);

  const Plan plan_;
  mutable std::mutex mutex_;  // guards the rest but the server
  std::vector<Text> taken_;
  std::vector<SeenRequest> posts_;
  std::map<std::string, int> posts_of_text_;
  std::map<std::string, int> at_once_to_;
  int most_at_once_to_one_ = 0;
  ScriptedServer server_;  // last: its threads use the rest
};

}  // namespace orchestrator::support
