#include "chaos/recovery.hpp"

#include <algorithm>
#include <future>

#include "support/eventually.hpp"

namespace orchestrator::chaos {
namespace {

using namespace std::chrono_literals;
using std::chrono::steady_clock;

constexpr auto kBackWithin = 5s;

// Time from `back` until the instance answers a post with 200; nothing: not in time.
std::optional<steady_clock::duration> served_after(TestBed& test_bed, int instance,
                                                   steady_clock::time_point back) {
  support::HttpClient http((*test_bed.fleet)[instance].port());
  const std::string text = "probe " + std::to_string(instance);
  nlohmann::json body =
      support::message_body(test_bed.population.busy[static_cast<std::size_t>(instance)].id, text, "high");
  body["idempotencyKey"] = text;
  Post post{.user = body["userId"].get<std::string>(),
            .texts = {text},
            .priority = "high",
            .exchange = {},
            .id = {}};
  const std::size_t place = test_bed.history.ask(&Records::posts, post);
  support::HttpAnswer answer;
  const bool served = support::eventually(
      [&] {
        answer = http.post("/schedule-message", body);
        return answer.status == 200;
      },
      kBackWithin);
  if (!served) return std::nullopt;
  const auto id = answer.json().at("messageId").get<std::string>();
  test_bed.history.answer(&Records::posts, place, 200, [&](Post& told) { told.id = id; });
  return steady_clock::now() - back;
}

}  // namespace

void expect_recovery(TestBed& test_bed, steady_clock::time_point back, Outcome& outcome) {
  std::vector<std::future<std::optional<steady_clock::duration>>> probes;
  for (int instance = 0; instance < test_bed.fleet->size(); ++instance) {
    probes.push_back(
        std::async(std::launch::async, [&, instance] { return served_after(test_bed, instance, back); }));
  }
  steady_clock::duration longest{0};
  for (auto& probe : probes) {
    const auto took = probe.get();
    if (!took) outcome.failures.push_back("an instance does not serve within 5 s of the database's return");
    longest = std::max(longest, took.value_or(kBackWithin));
  }
  outcome.notes.push_back("every instance served again after " + seconds_text(longest));

  const bool promoted = support::eventually(
      [&] {
        return support::Sql(test_bed.database_url())
                   .value("SELECT EXISTS (SELECT FROM messages WHERE content LIKE 'probe%')") == "t";
      },
      kBackWithin);
  outcome.notes.push_back("promotions went on after " + seconds_text(steady_clock::now() - back));
  if (!promoted || steady_clock::now() - back > kBackWithin) {
    outcome.failures.push_back("no promotion within 5 s of the database's return");
  }
}

std::string seconds_text(steady_clock::duration time) {
  char text[32];
  std::snprintf(text, sizeof text, "%.2f s", std::chrono::duration<double>(time).count());
  return text;
}

}  // namespace orchestrator::chaos
