// Runs the real binary for hostile requests and checks its invariants after each test.
#pragma once

#include <gtest/gtest.h>

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "abuse/process_stats.hpp"
#include "support/raw_client.hpp"
#include "support/running_service.hpp"
#include "support/sanitizers.hpp"

namespace orchestrator::abuse {

using support::Answer;

// The limit of the peak resident memory of the process.
inline const std::size_t kMaxResidentMib = support::kIsSanitized ? 2'048 : 64;
// The same limit with bulk requests: two of 16 MiB are parsed at a time, and the server's memory quota for
// bodies and unsent responses is 64 MiB.
inline const std::size_t kMaxResidentMibWithBulk = support::kIsSanitized ? 2'048 : 256;

// Fails the test when a refusal does not have the documented format, when the response reveals internals, or
// when it contains a header that this service does not send.
void expect_well_formed(const Answer& answer);

// One service for all tests of a suite. After each test it must be healthy, accept a valid message, be within
// its memory limit, and have written no log line that a client forged.
class AbuseFixture : public testing::Test {
 protected:
  static void SetUpTestSuite();
  static void TearDownTestSuite() { running_service.reset(); }

  void TearDown() override;
  virtual std::size_t max_resident_mib() const { return kMaxResidentMib; }

  static int port() { return running_service->service.port(); }
  static support::RunningService& running() { return *running_service; }
  static ProcessStats process_stats() { return process_stats_of(running_service->service.pid()); }

  // Sends a request on a new connection; fails the test unless the response is well formed.
  static Answer ask(std::string_view method, std::string_view path, std::string_view body = {},
                    std::string_view headers = {});

  // The first response to arbitrary bytes, if any; fails the test unless it is well formed.
  static std::optional<Answer> first_answer_to(std::string_view bytes);

 private:
  static std::unique_ptr<support::RunningService> running_service;
  static std::size_t log_begin;  // after the output of the start
};

// The lines of a log that do not begin with a time and a level.
std::vector<std::string> forged_lines(const std::string& log);

}  // namespace orchestrator::abuse
