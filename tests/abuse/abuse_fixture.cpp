#include "abuse/abuse_fixture.hpp"

#include <algorithm>
#include <array>
#include <atomic>
#include <regex>
#include <set>
#include <sstream>

namespace orchestrator::abuse {

namespace {

const support::Variables kEnvironment = {{"PUBLIC_URL", "https://sms.example.com"},
                                         {"TWILIO_AUTH_TOKEN", "secret"},
                                         {"WHATSAPP_APP_SECRET", "app-secret"},
                                         {"WHATSAPP_VERIFY_TOKEN", "verify-me"},
                                         {"MAX_QUEUE_PER_USER", "0"}};

// Words that reveal internals. No test sends them, so they cannot be an echo of the request.
constexpr std::array<std::string_view, 14> kInternalWords = {
    "pqxx",     "SELECT ",   "INSERT ", "UPDATE ", "ERROR:", "relation ", "libpq",
    "nlohmann", "exception", "std::",   ".cpp",    "/usr/",  "/src/",     "what()"};

const std::set<std::string> kExpectedHeaders = {
    "content-type",  "content-length",   "connection",        "keep-alive",
    "allow",         "retry-after",      "cache-control",     "transfer-encoding",
    "accept-ranges", "www-authenticate", "x-accel-buffering", "x-content-type-options"};

bool is_refusal(const Answer& answer) { return answer.status >= 400; }

}  // namespace

std::unique_ptr<support::RunningService> AbuseFixture::running_service;
std::size_t AbuseFixture::log_begin = 0;

void expect_well_formed(const Answer& answer) {
  for (const auto& [name, value] : answer.headers) {
    EXPECT_TRUE(kExpectedHeaders.contains(name)) << name << ": " << value;
  }
  for (const std::string_view word : kInternalWords) {
    EXPECT_EQ(answer.body.find(word), std::string::npos) << word << " in " << answer.body;
  }
  if (!is_refusal(answer) || answer.body.empty()) return;
  const auto body = nlohmann::json::parse(answer.body, nullptr, false);
  ASSERT_TRUE(body.is_object()) << answer.body;
  EXPECT_TRUE(std::regex_match(body.value("error", ""), std::regex("[a-z0-9_]+"))) << answer.body;
  EXPECT_FALSE(body.value("message", "").empty()) << answer.body;
  EXPECT_LT(answer.body.size(), 2'000u);
  EXPECT_NE(answer.status, 500) << answer.body;
}

void AbuseFixture::SetUpTestSuite() {
  running_service = std::make_unique<support::RunningService>(kEnvironment);
  running_service->add_user("ann");
  log_begin = running_service->service.output().size();
}

void AbuseFixture::TearDown() {
  static std::atomic<int> messages = 0;
  EXPECT_EQ(ask("GET", "/health").status, 200);
  EXPECT_EQ(ask("GET", "/ready").status, 200);
  const std::string text = "valid message " + std::to_string(++messages);
  EXPECT_EQ(ask("POST", "/schedule-message", support::message_body("ann", text).dump()).status, 200);
  EXPECT_LE(process_stats().peak_resident_mib, max_resident_mib());
  EXPECT_EQ(forged_lines(running_service->service.output().substr(log_begin)), std::vector<std::string>{});
}

Answer AbuseFixture::ask(std::string_view method, std::string_view path, std::string_view body,
                         std::string_view headers) {
  const Answer answer = support::exchange(port(), method, path, body, headers);
  expect_well_formed(answer);
  return answer;
}

std::optional<Answer> AbuseFixture::first_answer_to(std::string_view bytes) {
  support::RawClient client(port());
  client.send(bytes);
  client.stop_sending();
  auto answer = client.read_answer();
  if (answer) expect_well_formed(*answer);
  return answer;
}

std::vector<std::string> forged_lines(const std::string& log) {
  static const std::regex genuine(R"(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z (debug|info |warning|error) .*)");
  std::vector<std::string> forged;
  std::istringstream lines(log);
  for (std::string line; std::getline(lines, line);) {
    if (!std::regex_match(line, genuine)) forged.push_back(line);
  }
  return forged;
}

}  // namespace orchestrator::abuse
