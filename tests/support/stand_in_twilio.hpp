// A stand-in for Twilio that misbehaves as a test demands.
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
  // What it does with a posted message; it stores the message only where the name begins with "accept".
  enum class Conduct {
    accept,
    accept_and_fail,   // stores it, then answers 500
    accept_and_hang,   // stores it, then does not answer
    accept_and_reset,  // stores it, then resets the connection
    hang,
    reset,
    fail,         // 500
    unavailable,  // 503
    too_many,     // 429, Retry-After: 1
    bad_number,   // 400, 21211
    unsubscribed  // 400, 21610
  };
  // `before`: the number of earlier posts of the same text. Called from many threads at once; may block.
  using Plan = std::function<Conduct(const std::string& text, int before)>;

  explicit StandInTwilio(Plan plan = [](const std::string&, int) { return Conduct::accept; });

  std::string url() const { return server_.url(); }
  TwilioConfig config() const;

  struct Text {
    std::string sid;
    std::string to;
    std::string body;
    std::string callback;  // the StatusCallback; "" for none
  };
  // All texts that it has stored, in order: what people would receive.
  std::vector<Text> taken() const;
  std::vector<std::string> received_by(const std::string& phone_number) const;

  int posts() const;  // posted messages, accepted or not
  SeenRequest last_post() const;

  // Posts a signed status report about the last posted message to the service on this port, at the path of
  // its StatusCallback. Returns the response.
  int report(int port, const std::string& sid, const std::string& status) const;

  // The same for the message with this StatusCallback.
  static int report_to(const std::string& callback, int port, const std::string& sid,
                       const std::string& status);

  // The largest number of concurrent requests for one phone number.
  int most_at_once_to_one() const;

 private:
  ScriptedReply reply(const SeenRequest& request);
  ScriptedReply answer_post(const SeenRequest& request);
  ScriptedReply list(const SeenRequest& request) const;
  std::string take(const SeenRequest& request);

  const Plan plan_;
  mutable std::mutex mutex_;  // guards the other members except the server
  std::vector<Text> taken_;
  std::vector<SeenRequest> posts_;
  std::map<std::string, int> posts_of_text_;
  std::map<std::string, int> at_once_to_;
  int most_at_once_to_one_ = 0;
  ScriptedServer server_;  // last: its threads use the rest
};

}  // namespace orchestrator::support
