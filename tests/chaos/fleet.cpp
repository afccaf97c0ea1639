#include "chaos/fleet.hpp"

#include <algorithm>
#include <fstream>

#include "chaos/history.hpp"
#include "support/eventually.hpp"

namespace orchestrator::chaos {
namespace {

using namespace std::chrono_literals;

constexpr auto kLook = 5ms;

}  // namespace

Instance::Instance(int number, const FleetOptions& options, Failpoints& failpoints)
    : number_(number), options_(options) {
  for (const Upstream& upstream : options.upstreams) {
    if (!options.has_proxies) break;
    proxies_.push_back(std::make_unique<Proxy>(
        upstream, failpoints,
        ProxiedInstance{[this] { signal(SIGKILL); }, [this] { return ending_.load(); }}));
  }
  supervisor_ = std::thread([this] { keep_running(); });
}

Instance::~Instance() {
  retire();
  wait_until_gone();
}

void Instance::retire() {
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
    if (service_) service_->terminate();
    if (service_) service_->signal(SIGCONT);  // a stopped process would not receive the signal
  }
  changed_.notify_all();
}

void Instance::wait_until_gone() {
  if (supervisor_.joinable()) supervisor_.join();
}

void Instance::signal(int number) {
  const std::lock_guard lock(mutex_);
  if (!service_) return;
  if (number == SIGTERM) ending_ = true;
  if (number == SIGKILL || number == SIGTERM) {
    signalled_ = true;
    port_ = 0;
  }
  service_->signal(number);
}

void Instance::cut_connections() {
  for (const auto& proxy : proxies_) proxy->cut_all();
}

void Instance::keep_running() {
  while (true) {
    {
      const std::lock_guard lock(mutex_);
      if (stopping_) return;
      signalled_ = false;
      ending_ = false;
      started_at_ = wall_clock();
      service_ = std::make_unique<support::Service>(environment(starts_));
    }
    ++starts_;
    watch();
    std::unique_lock lock(mutex_);
    port_ = 0;
    if (!signalled_ && !stopping_) ++unexpected_exits_;
    std::ofstream(options_.logs / ("instance_" + std::to_string(number_) + ".log"), std::ios::app)
        << service_->output();
    service_.reset();
  }
}

// Returns when the process has ended.
void Instance::watch() {
  std::unique_lock lock(mutex_);
  while (!service_->wait(0ms)) {
    if (port_ == 0 && !signalled_ && service_->prints("listening on", 0ms)) port_ = service_->port(0ms);
    changed_.wait_for(lock, kLook);
  }
}

support::Variables Instance::environment(int start) const {
  std::string hosts;
  std::string ports;
  for (std::size_t i = 0; i < options_.upstreams.size(); ++i) {
    const char* comma = i == 0 ? "" : ",";
    const Upstream at =
        options_.has_proxies ? Upstream{"127.0.0.1", proxies_[i]->port()} : options_.upstreams[i];
    hosts += comma + at.host;
    ports += comma + std::to_string(at.port);
  }
  support::Variables environment = options_.environment(number_, start);
  // Without TLS, so that the proxy can read the protocol.
  environment["DATABASE_URL"] =
      options_.login + " host=" + hosts + " port=" + ports + " sslmode=disable gssencmode=disable";
  return environment;
}

Fleet::Fleet(FleetOptions options, Failpoints& failpoints) : options_(std::move(options)) {
  for (int number = 0; number < options_.instances; ++number) {
    instances_.push_back(std::make_unique<Instance>(number, options_, failpoints));
  }
}

bool Fleet::all_listen(std::chrono::seconds limit) {
  return support::eventually(
      [this] {
        return std::ranges::all_of(instances_, [](const auto& instance) { return instance->port() != 0; });
      },
      limit);
}

void Fleet::stop() {
  for (const auto& instance : instances_) instance->retire();
  for (const auto& instance : instances_) instance->wait_until_gone();
}

int Fleet::starts() const {
  int sum = 0;
  for (const auto& instance : instances_) sum += instance->starts();
  return sum;
}

int Fleet::unexpected_exits() const {
  int sum = 0;
  for (const auto& instance : instances_) sum += instance->unexpected_exits();
  return sum;
}

}  // namespace orchestrator::chaos
