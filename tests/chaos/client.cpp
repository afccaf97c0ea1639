#include "chaos/client.hpp"

#include "support/eventually.hpp"

namespace orchestrator::chaos {
namespace {

using std::chrono::steady_clock;

// Longer than the service needs to refuse a request; a client gives up on the instance after that.
constexpr std::chrono::seconds kPatience{15};
constexpr std::chrono::milliseconds kBeforeAnother{10};

void raise_to(std::atomic<std::int64_t>& most, std::int64_t value) {
  std::int64_t before = most;
  while (before < value && !most.compare_exchange_weak(before, value)) {
  }
}

}  // namespace

Client::Client(Fleet& fleet, ClientStatistics& statistics, unsigned seed)
    : fleet_(fleet),
      statistics_(statistics),
      random_(seed),
      instance_(static_cast<int>(seed) % fleet.size()),
      lines_(static_cast<std::size_t>(fleet.size())) {}

// Null when the instance is down.
support::HttpClient* Client::reach() {
  const int port = fleet_[instance_].port();
  if (port == 0) return nullptr;
  Line& line = lines_[static_cast<std::size_t>(instance_)];
  if (line.port != port) line = {port, std::make_unique<support::HttpClient>(port, kPatience)};
  return line.http.get();
}

support::HttpAnswer Client::ask(Method method, const std::string& path, const nlohmann::json& body) {
  support::HttpClient* http = reach();
  support::HttpAnswer answer;
  const auto asked = steady_clock::now();
  if (http != nullptr) {
    switch (method) {
      case Method::get:
        answer = http->get(path);
        break;
      case Method::post:
        answer = http->post(path, body);
        break;
      case Method::put:
        answer = http->put(path, body);
        break;
      case Method::remove:
        answer = http->remove(path);
        break;
    }
  }
  if (answer.status == 503) {
    ++statistics_.refused;
    if (answer.retry_after.empty()) ++statistics_.without_retry_after;
    raise_to(statistics_.slowest_refusal_ms,
             std::chrono::duration_cast<std::chrono::milliseconds>(steady_clock::now() - asked).count());
  }
  if (answer.status == 0) ++statistics_.unanswered;
  if (answer.status != 0 && answer.status != 503) {
    ++statistics_.answered;
  } else {
    instance_ = (instance_ + 1 + static_cast<int>(draw(2))) % fleet_.size();
  }
  return answer;
}

bool Client::ask_until_answered(Method method, const std::string& path, const nlohmann::json& body,
                                support::HttpAnswer& answer, const std::atomic<bool>& give_up) {
  while (!give_up) {
    answer = ask(method, path, body);
    if (answer.status != 0 && answer.status != 503) return true;
    pause(kBeforeAnother, give_up);
  }
  return false;
}

void pause(std::chrono::milliseconds time, const std::atomic<bool>& stop) {
  support::eventually([&] { return stop.load(); }, time);
}

}  // namespace orchestrator::chaos
