// A real PostgreSQL for the tests: one server for the whole run, one database for each test.
#pragma once

#include <memory>
#include <mutex>
#include <string>

#include "embedded/embedded_postgres.hpp"
#include "orchestrator/logical_shards.hpp"
#include "support/temporary_directory.hpp"

namespace orchestrator::support {

// Those of every migrated test database: LOGICAL_SHARDS of the environment, or the default.
LogicalShards logical_shards();

// The server of the test run, in a temporary directory, started when the first test needs a database. main
// owns the only one. Safe for concurrent use.
class TestCluster {
 public:
  TestCluster();
  ~TestCluster();
  TestCluster(const TestCluster&) = delete;
  TestCluster& operator=(const TestCluster&) = delete;

  // The instance that main created.
  static TestCluster& instance();

  // Creates a database, migrated or empty; returns its name.
  enum class Content { schema, nothing };
  std::string create_database(Content content = Content::schema);
  void drop_database(const std::string& name);

  // A role that may connect without a password and has no rights; it remains until the end of the run.
  void create_role(const std::string& name);

  // The search path of its sessions does not contain the schema: the service must not depend on it.
  std::string url(const std::string& database);

 private:
  void start();

  std::mutex mutex_;
  TemporaryDirectory directory_;
  std::unique_ptr<embedded::EmbeddedPostgres> server_;
  int databases_made_ = 0;
};

// A migrated database without rows; dropped at the end of the test even if sessions are still connected.
class TestDatabase {
 public:
  using Content = TestCluster::Content;

  explicit TestDatabase(Content content = Content::schema)
      : name_(TestCluster::instance().create_database(content)) {}
  ~TestDatabase() { TestCluster::instance().drop_database(name_); }
  TestDatabase(const TestDatabase&) = delete;
  TestDatabase& operator=(const TestDatabase&) = delete;

  std::string url() const { return TestCluster::instance().url(name_); }

 private:
  std::string name_;
};

}  // namespace orchestrator::support
