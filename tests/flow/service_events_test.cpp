// A listener on one instance receives the events of all instances.
#include <gtest/gtest.h>

#include "support/raw_client.hpp"
#include "support/running_service.hpp"

namespace orchestrator {
namespace {

using support::RawClient;
using support::request_text;

TEST(ServiceEvents, ReachListenersOfEveryInstance) {
  support::RunningService first;
  support::Service second(support::with(support::kNoLoop, {{"DATABASE_URL", first.url()}}));
  RawClient listener(second.port());
  listener.send(request_text("GET", "/events"));
  ASSERT_TRUE(listener.read_until("retry: 2000\n\n"));
  first.add_user("ann");
  const std::string id = first.post("ann", "Hello");
  EXPECT_TRUE(listener.read_until("id: " + id + "\nevent: messageScheduled\ndata: {\"agentId\":"));
  first.http.post("/process-queue");
  EXPECT_TRUE(listener.read_until("event: messagePromoted\ndata: {\"at\":"));
  EXPECT_TRUE(listener.read_until("\"messageId\":\"" + id + "\""));

  second.terminate();
  EXPECT_TRUE(second.wait(std::chrono::seconds{5}));
}

}  // namespace
}  // namespace orchestrator
