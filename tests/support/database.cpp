#include "support/database.hpp"

#include <libpq-fe.h>

#include <chrono>
#include <cstdlib>
#include <stdexcept>

#include "storage/migrations.hpp"
#include "support/eventually.hpp"

namespace orchestrator::support {

namespace {

constexpr const char* kTemplate = "migrated_template";
constexpr std::chrono::seconds kTemplateFreeLimit{10};

TestCluster* the_cluster = nullptr;

// Another installation than the newest: how the tests run on other versions of PostgreSQL.
std::string installation_to_test() {
  const char* bin = std::getenv("POSTGRES_BIN");
  return bin ? bin : "";
}

// The server's error message; empty when the statement succeeded.
std::string complaint_about(const std::string& url, const std::string& sql) {
  const std::unique_ptr<PGconn, decltype(&PQfinish)> connection(PQconnectdb(url.c_str()), &PQfinish);
  const std::unique_ptr<PGresult, decltype(&PQclear)> result(PQexec(connection.get(), sql.c_str()), &PQclear);
  return PQresultStatus(result.get()) == PGRES_COMMAND_OK ? "" : PQerrorMessage(connection.get());
}

void execute(const std::string& url, const std::string& sql) {
  const std::string complaint = complaint_about(url, sql);
  if (!complaint.empty()) throw std::runtime_error(sql + ": " + complaint);
}

}  // namespace

LogicalShards logical_shards() {
  const char* count = std::getenv("LOGICAL_SHARDS");
  return count ? LogicalShards{std::stoi(count)} : LogicalShards{};
}

TestCluster::TestCluster() { the_cluster = this; }

TestCluster::~TestCluster() { the_cluster = nullptr; }

TestCluster& TestCluster::instance() {
  if (!the_cluster) throw std::logic_error("main has not made a TestCluster");
  return *the_cluster;
}

void TestCluster::start() {
  if (server_) return;
  server_ = std::make_unique<embedded::EmbeddedPostgres>(embedded::EmbeddedPostgres::Options{
      .data_dir = directory_.path(), .durable = false, .bin = installation_to_test()});
  execute(server_->administrator_url(), std::string("CREATE DATABASE ") + kTemplate + " OWNER orchestrator");
  storage::migrate(Secret(url(kTemplate)), logical_shards().count());
}

// In a libpq connection string the last of several equal keywords counts.
std::string TestCluster::url(const std::string& database) {
  return server_->url() + " dbname=" + database + " options='-c search_path=pg_catalog'";
}

std::string TestCluster::create_database(Content content) {
  const std::lock_guard lock(mutex_);
  start();
  const std::string name = "test_" + std::to_string(++databases_made_);
  const std::string sql = "CREATE DATABASE " + name + " OWNER orchestrator TEMPLATE " +
                          (content == Content::schema ? kTemplate : "template0");
  // A template database must have no connections, and the server needs a moment to notice a closed one.
  std::string complaint;
  const bool made = eventually(
      [&] {
        complaint = complaint_about(server_->administrator_url(), sql);
        return complaint.empty();
      },
      kTemplateFreeLimit);
  if (!made) throw std::runtime_error(sql + ": " + complaint);
  return name;
}

void TestCluster::create_role(const std::string& name) {
  execute(server_->administrator_url(), "CREATE ROLE " + name + " LOGIN");
}

void TestCluster::drop_database(const std::string& name) {
  complaint_about(server_->administrator_url(), "DROP DATABASE " + name + " WITH (FORCE)");
}

}  // namespace orchestrator::support
