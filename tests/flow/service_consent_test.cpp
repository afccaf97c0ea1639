// What people say about the messages that they get, to the real service.
#include <gtest/gtest.h>

#include "support/running_service.hpp"

namespace orchestrator {
namespace {

using nlohmann::json;
using support::RunningService;

class ServiceConsent : public ::testing::Test {
 protected:
  // Returns the status of the receipt.
  std::string says(const json& message) {
    const auto answer = running.http.post("/inbound-messages", message);
    EXPECT_EQ(answer.status, 200) << answer.body;
    return answer.json().value("status", "");
  }

  bool has_opted_out(const std::string& user) {
    return running.sql.value("SELECT opted_out_at IS NOT NULL FROM users WHERE id = '" + user + "'") == "t";
  }

  RunningService running{{{"CONSENT_LANGUAGES", "fr,es"}, {"OPT_OUT_WORDS", "Halt ein, stopsms"}}};
};

TEST_F(ServiceConsent, APhraseEndsWhatWaits) {
  running.add_user("ann");
  const std::string waiting = running.post("ann", "later");
  EXPECT_EQ(says({{"contactId", "ann"}, {"text", "Please stop texting me 🙏"}}), "opted_out");
  EXPECT_TRUE(has_opted_out("ann"));
  EXPECT_EQ(running.http.post("/process-queue").status, 200);
  EXPECT_EQ(running.http.get("/messages/" + waiting).json().at("status"), "cancelled");
  EXPECT_EQ(says({{"contactId", "ann"}, {"text", "Why do I get no messages?"}}), "queued");
  EXPECT_EQ(says({{"contactId", "ann"}, {"text", "start please"}}), "opted_in");
  EXPECT_FALSE(has_opted_out("ann"));
}

TEST_F(ServiceConsent, CaptionsAndButtonsCount) {
  for (const std::string type : {"text", "image", "video", "document", "button", "interactive"}) {
    EXPECT_EQ(says({{"contactId", type}, {"text", "Stop"}, {"messageType", type}}), "opted_out") << type;
  }
  EXPECT_EQ(says({{"contactId", "bob"}, {"text", "Cancel"}, {"messageType", "button"}}), "queued");
  EXPECT_EQ(says({{"contactId", "bob"}, {"text", "Cancel"}}), "opted_out");
}

TEST_F(ServiceConsent, TheSettingsChooseTheWords) {
  EXPECT_EQ(says({{"contactId", "eve"}, {"text", "abmelden"}}), "queued");
  EXPECT_EQ(says({{"contactId", "eve"}, {"text", "Arrêt"}}), "opted_out");
  EXPECT_EQ(says({{"contactId", "dan"}, {"text", "BAJA"}}), "opted_out");
  EXPECT_EQ(says({{"contactId", "kim"}, {"text", "halt ein!"}}), "opted_out");
}

}  // namespace
}  // namespace orchestrator
