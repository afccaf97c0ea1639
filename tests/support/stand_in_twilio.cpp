#include "support/stand_in_twilio.hpp"

#include <openssl/evp.h>
#include <openssl/hmac.h>

#include <algorithm>
#include <nlohmann/json.hpp>

#include "net/http_client.hpp"
#include "text/form.hpp"

namespace orchestrator::support {
namespace {

using nlohmann::json;
using Conduct = StandInTwilio::Conduct;

ScriptedReply error(int status, int code) {
  return {.status = status, .body = json{{"code", code}, {"message", "scripted"}, {"status", status}}.dump()};
}

std::string signature_of(const std::string& token, const std::string& text) {
  unsigned char digest[EVP_MAX_MD_SIZE];
  unsigned int size = 0;
  HMAC(EVP_sha1(), token.data(), static_cast<int>(token.size()),
       reinterpret_cast<const unsigned char*>(text.data()), text.size(), digest, &size);
  unsigned char encoded[2 * EVP_MAX_MD_SIZE];
  const int length = EVP_EncodeBlock(encoded, digest, static_cast<int>(size));
  return {reinterpret_cast<const char*>(encoded), static_cast<std::size_t>(length)};
}

json described(const StandInTwilio::Text& text) {
  return {{"sid", text.sid},     {"to", text.to},          {"body", text.body},
          {"status", "queued"},  {"error_code", nullptr},  {"direction", "outbound-api"},
          {"num_segments", "1"}, {"date_created", nullptr}};
}

}  // namespace

StandInTwilio::StandInTwilio(Plan plan)
    : plan_(std::move(plan)), server_([this](const SeenRequest& request) { return reply(request); }) {}

TwilioConfig StandInTwilio::config() const {
  return {
      .account_sid = "AC1", .auth_token = Secret("token"), .phone_number = "+15550109999", .base_url = url()};
}

ScriptedReply StandInTwilio::reply(const SeenRequest& request) {
  if (request.path != "/2010-04-01/Accounts/AC1/Messages.json" ||
      request.headers.at("authorization") != "Basic QUMxOnRva2Vu") {
    return error(401, 20003);
  }
  if (request.method == "GET") return list(request);
  const std::string& to = request.form.at("To");
  {
    const std::lock_guard lock(mutex_);
    most_at_once_to_one_ = std::max(most_at_once_to_one_, ++at_once_to_[to]);
  }
  ScriptedReply answer = answer_post(request);
  const std::lock_guard lock(mutex_);
  --at_once_to_[to];
  return answer;
}

ScriptedReply StandInTwilio::answer_post(const SeenRequest& request) {
  int before = 0;
  {
    const std::lock_guard lock(mutex_);
    posts_.push_back(request);
    before = posts_of_text_[request.form.at("Body")]++;
  }
  switch (plan_(request.form.at("Body"), before)) {
    case Conduct::accept:
      return {.status = 201, .body = json{{"sid", take(request)}, {"status", "queued"}}.dump()};
    case Conduct::accept_and_fail:
      take(request);
      return error(500, 20500);
    case Conduct::accept_and_hang:
      take(request);
      return {.kind = ScriptedReply::Kind::hang};
    case Conduct::accept_and_reset:
      take(request);
      return {.kind = ScriptedReply::Kind::reset};
    case Conduct::hang:
      return {.kind = ScriptedReply::Kind::hang};
    case Conduct::reset:
      return {.kind = ScriptedReply::Kind::reset};
    case Conduct::fail:
      return error(500, 20500);
    case Conduct::unavailable:
      return error(503, 20503);
    case Conduct::too_many: {
      ScriptedReply answer = error(429, 20429);
      answer.headers["Retry-After"] = "1";
      return answer;
    }
    case Conduct::bad_number:
      return error(400, 21211);
    case Conduct::unsubscribed:
      return error(400, 21610);
  }
  std::abort();
}

std::string StandInTwilio::take(const SeenRequest& request) {
  const std::lock_guard lock(mutex_);
  const auto callback = request.form.find("StatusCallback");
  taken_.push_back({"SM" + std::to_string(taken_.size() + 1), request.form.at("To"), request.form.at("Body"),
                    callback == request.form.end() ? "" : callback->second});
  return taken_.back().sid;
}

ScriptedReply StandInTwilio::list(const SeenRequest& request) const {
  const std::lock_guard lock(mutex_);
  json listed = json::array();
  for (const Text& text : taken_) {
    if (text.to == request.query.at("To")) listed.push_back(described(text));
  }
  return {.body = json{{"messages", listed}, {"next_page_uri", nullptr}}.dump()};
}

std::vector<StandInTwilio::Text> StandInTwilio::taken() const {
  const std::lock_guard lock(mutex_);
  return taken_;
}

std::vector<std::string> StandInTwilio::received_by(const std::string& phone_number) const {
  std::vector<std::string> texts;
  for (const Text& text : taken()) {
    if (text.to == phone_number) texts.push_back(text.body);
  }
  return texts;
}

int StandInTwilio::posts() const {
  const std::lock_guard lock(mutex_);
  return static_cast<int>(posts_.size());
}

SeenRequest StandInTwilio::last_post() const {
  const std::lock_guard lock(mutex_);
  return posts_.at(posts_.size() - 1);
}

int StandInTwilio::report(int port, const std::string& sid, const std::string& status) const {
  return report_to(last_post().form.at("StatusCallback"), port, sid, status);
}

int StandInTwilio::report_to(const std::string& url, int port, const std::string& sid,
                             const std::string& status) {
  const std::string target = url.substr(url.find('/', url.find("://") + 3));
  const net::HttpResult result = net::HttpClient().perform(
      {.method = "POST",
       .url = "http://127.0.0.1:" + std::to_string(port) + target,
       .headers = {{"Content-Type", "application/x-www-form-urlencoded"},
                   {"X-Twilio-Signature",
                    signature_of("token", url + "MessageSid" + sid + "MessageStatus" + status)}},
       .body = text::form_encode({{"MessageSid", sid}, {"MessageStatus", status}})});
  const auto* answer = std::get_if<net::HttpAnswer>(&result);
  return answer ? answer->status : 0;
}

int StandInTwilio::most_at_once_to_one() const {
  const std::lock_guard lock(mutex_);
  return most_at_once_to_one_;
}

}  // namespace orchestrator::support
