// Several instances of the real binary, each behind its own proxy and restarted whenever it ends.
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
  // The PostgreSQL servers: each instance gets one proxy per server, listed in this order as hosts of its
  // DATABASE_URL.
  std::vector<Upstream> upstreams;
  // False: instances connect directly. libpq tries the next host when one refuses the connection, but not
  // when a proxy accepts it for a dead host and then closes.
  bool has_proxies = true;
  std::string login;  // part of the DATABASE_URL: "user=… dbname=…"
  // Environment besides DATABASE_URL, for the first start (0) and later ones; also names wrappers such as
  // libfaketime.
  std::function<support::Variables(int instance, int start)> environment;
  std::filesystem::path logs;  // instance_0.log …: the instances' output
};

// One instance and the processes that replace it after it ends. Safe for concurrent use.
class Instance {
 public:
  Instance(int number, const FleetOptions& options, Failpoints& failpoints);
  ~Instance();
  Instance(const Instance&) = delete;
  Instance& operator=(const Instance&) = delete;

  int port() const { return port_; }  // 0 while it is down

  // Signals the current process. After SIGKILL and SIGTERM another is started.
  void signal(int number);

  // SIGTERM was sent and the process has not ended yet.
  bool is_ending() const { return ending_; }

  void cut_connections();

  // Sends SIGTERM and starts no further process; returns immediately.
  void retire();
  void wait_until_gone();

  int starts() const { return starts_; }
  Instant started_at() const { return started_at_; }  // of the current process
  // Exits without a signal from the test: crashes and failed starts.
  int unexpected_exits() const { return unexpected_exits_; }

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
  std::atomic<int> unexpected_exits_ = 0;
  std::vector<std::unique_ptr<Proxy>> proxies_;
  std::thread supervisor_;  // starts the processes: the kernel ends them with the thread that started them
};

class Fleet {
 public:
  Fleet(FleetOptions options, Failpoints& failpoints);

  int size() const { return static_cast<int>(instances_.size()); }
  Instance& operator[](int number) { return *instances_[static_cast<std::size_t>(number)]; }

  // Waits until all instances listen.
  bool all_listen(std::chrono::seconds limit = std::chrono::seconds{60});

  // Shuts all instances down in an orderly way.
  void stop();

  int starts() const;
  int unexpected_exits() const;

 private:
  const FleetOptions options_;
  std::vector<std::unique_ptr<Instance>> instances_;
};

}  // namespace orchestrator::chaos
