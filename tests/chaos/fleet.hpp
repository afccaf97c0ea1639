// Several instances of the real binary, each behind a proxy of its own, started again whenever one ends.
#pragma once

#include <atomic>
#include <condition_variable>
#include <filesystem>
#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include "chaos/failpoints.hpp"
#include "chaos/proxy.hpp"
#include "orchestrator/instant.hpp"
#include "support/service.hpp"

namespace orchestrator::chaos {

struct FleetOptions {
  int instances = 4;
  // Where PostgreSQL is: an instance gets a proxy to each, and all of them, in this order, as hosts of its
  // DATABASE_URL.
  std::vector<Upstream> upstreams;
  // Without proxies: libpq goes on to the next host when one refuses it, but not when somebody takes the
  // connection for a host that is dead and then hangs up.
  bool has_proxies = true;
  std::string login;  // of the DATABASE_URL: "user=… dbname=…"
  // What an instance is started with besides its DATABASE_URL, the first time (start 0) and again. Whatever
  // wraps the program (libfaketime, say) is named here.
  std::function<support::Variables(int instance, int start)> environment;
  std::filesystem::path logs;  // instance_0.log …: what it printed
};

// One instance and its successors. Safe for concurrent use.
class Instance {
 public:
  Instance(int number, const FleetOptions& options, Failpoints& failpoints);
  ~Instance();
  Instance(const Instance&) = delete;
  Instance& operator=(const Instance&) = delete;

  int port() const { return port_; }  // 0 while it is down

  // To whatever runs now. After SIGKILL and SIGTERM another is started.
  void signal(int number);

  // Told to end by SIGTERM, and at it.
  bool is_ending() const { return ending_; }

  void cut_connections();

  // SIGTERM, and none is started after it; returns at once.
  void retire();
  void wait_until_gone();

  int starts() const { return starts_; }
  Instant started_at() const { return started_at_; }  // the latest one
  // How often it ended though nobody had signalled it to: a crash, or a start that failed.
  int ended_by_itself() const { return ended_by_itself_; }

 private:
  void keep_running();
  void watch();
  support::Variables environment(int start) const;

  const int number_;
  const FleetOptions& options_;
  std::mutex mutex_;  // guards service_, signalled_, stopping_
  std::condition_variable changed_;
  std::unique_ptr<support::Service> service_;
  bool signalled_ = false;
  bool stopping_ = false;
  std::atomic<bool> ending_ = false;
  std::atomic<int> port_ = 0;
  std::atomic<int> starts_ = 0;
  std::atomic<Instant> started_at_ = Instant{};
  std::atomic<int> ended_by_itself_ = 0;
  std::vector<std::unique_ptr<Proxy>> proxies_;
  std::thread keeper_;  // starts the processes: the kernel ends them with the thread that started them
};

class Fleet {
 public:
  Fleet(FleetOptions options, Failpoints& failpoints);

  int size() const { return static_cast<int>(instances_.size()); }
  Instance& operator[](int number) { return *instances_[static_cast<std::size_t>(number)]; }

  // Waits until all of them listen.
  bool all_listen(std::chrono::seconds limit = std::chrono::seconds{60});

  // Ends all of them in an orderly way.
  void stop();

  int starts() const;
  int ended_by_themselves() const;

 private:
  const FleetOptions options_;
  std::vector<std::unique_ptr<Instance>> instances_;
};

}  // namespace orchestrator::chaos
