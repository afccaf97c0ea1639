// The real binary under attack, and what must hold whatever is done to it.
#pragma once

#include <gtest/gtest.h>

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "abuse/vitals.hpp"
#include "support/raw_client.hpp"
#include "support/running_service.hpp"
#include "support/sanitizers.hpp"

namespace orchestrator::abuse {

using support::Answer;

// Of the whole process, at any time since it started.
inline constexpr std::size_t kMostResidentMib = support::kIsSanitized ? 2'048 : 64;
// The same where it takes bulk requests: two of 16 MiB are taken apart at a time, and 64 MiB may be held of
// what others send or do not take.
inline constexpr std::size_t kMostResidentMibWithBulk = support::kIsSanitized ? 2'048 : 256;

// Fails the test unless a refusal has the documented shape and no answer tells anything of the inside, or has
// a header that this service does not send.
void expect_sound(const Answer& answer);

// One service for all tests of a suite. After each test it must live, answer, take a good message, and hold
// no more memory than it may.
class UnderAttack : public testing::Test {
 protected:
  static void SetUpTestSuite();
  static void TearDownTestSuite() { running_service.reset(); }

  void TearDown() override;
  virtual std::size_t most_resident_mib() const { return kMostResidentMib; }

  static int port() { return running_service->service.port(); }
  static support::RunningService& running() { return *running_service; }
  static Vitals vitals() { return vitals_of(running_service->service.pid()); }

  // The answer to a request on a connection of its own, which is sound; or the test fails.
  static Answer ask(std::string_view method, std::string_view path, std::string_view body = {},
                    std::string_view headers = {});

  // The first answer to any bytes; none at all is fine, a crash is not. What is found in it is sound.
  static std::optional<Answer> answer_to(std::string_view bytes);

 private:
  static std::unique_ptr<support::RunningService> running_service;
  static std::size_t log_begin;  // behind what it prints when it starts
};

// Lines of a log that were not written as such: they do not begin with a time and a level.
std::vector<std::string> forged_lines(const std::string& log);

}  // namespace orchestrator::abuse
