// How a database gets its schema.
#include "storage/migrations.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <mutex>
#include <thread>

#include "storage/errors.hpp"
#include "support/database.hpp"
#include "support/sql.hpp"

namespace orchestrator::storage {
namespace {

using support::Sql;
using support::TestDatabase;
using Names = std::vector<std::string>;

Names known_migrations() {
  Names names;
  for (const Migration& migration : embedded_migrations()) names.emplace_back(migration.name);
  return names;
}

// The names of all objects that a migration could create.
Names objects_in(const TestDatabase& database) {
  return Sql(database.url())
      .column(
          "SELECT relname FROM pg_class WHERE relnamespace::regnamespace::text IN ('public', 'orchestrator') "
          "UNION ALL "
          "SELECT proname FROM pg_proc WHERE pronamespace::regnamespace::text IN ('public', 'orchestrator') "
          "UNION ALL "
          "SELECT typname FROM pg_type WHERE typnamespace::regnamespace::text IN ('public', 'orchestrator') "
          "ORDER BY 1");
}

TEST(Migrations, AreNumberedInOrderWithoutGaps) {
  const Names names = known_migrations();
  for (std::size_t i = 0; i < names.size(); ++i) {
    EXPECT_EQ(std::stoul(names[i].substr(0, 4)), i + 1) << names[i];
    EXPECT_EQ(names[i][4], '_') << names[i];
  }
}

TEST(Migrations, ApplyOnce) {
  const TestDatabase database(TestDatabase::Content::nothing);
  EXPECT_EQ(migrate(Secret(database.url())).applied, known_migrations());
  EXPECT_EQ(Sql(database.url()).column("SELECT name FROM schema_migrations ORDER BY name"),
            known_migrations());
  const Names before = objects_in(database);
  EXPECT_EQ(migrate(Secret(database.url())).applied, Names{});
  EXPECT_EQ(objects_in(database), before);
}

TEST(Migrations, AreAppliedOnceByTenConcurrentInstances) {
  const TestDatabase database(TestDatabase::Content::nothing);
  std::mutex mutex;
  Names applied;
  std::vector<std::thread> instances;
  for (int i = 0; i < 10; ++i) {
    instances.emplace_back([&] {
      const Names done = migrate(Secret(database.url())).applied;
      const std::lock_guard lock(mutex);
      applied.insert(applied.end(), done.begin(), done.end());
    });
  }
  for (auto& instance : instances) instance.join();
  EXPECT_EQ(applied, known_migrations());
}

TEST(Migrations, RefuseADatabaseOfALaterVersion) {
  const TestDatabase database(TestDatabase::Content::nothing);
  Sql sql(database.url());
  sql.run("CREATE SCHEMA orchestrator");
  sql.run(
      "CREATE TABLE orchestrator.schema_migrations (name text PRIMARY KEY, applied_at timestamptz NOT NULL "
      "DEFAULT now())");
  sql.run("INSERT INTO schema_migrations (name) VALUES ('0001_types'), ('0002_of_another_kind')");
  const Names before = objects_in(database);
  try {
    migrate(Secret(database.url()));
    FAIL() << "it was migrated";
  } catch (const CannotMigrate& refusal) {
    EXPECT_NE(std::string(refusal.what()).find("\"0002_of_another_kind\""), std::string::npos)
        << refusal.what();
  }
  EXPECT_EQ(objects_in(database), before);
  EXPECT_EQ(sql.value("SELECT count(*) FROM schema_migrations"), "2");
}

TEST(Migrations, RefuseAnUnknownLaterMigration) {
  const TestDatabase database;
  Sql(database.url()).run("INSERT INTO schema_migrations (name) VALUES ('9999_later')");
  EXPECT_THROW(migrate(Secret(database.url())), CannotMigrate);
}

TEST(Migrations, RollBackWhenOneFails) {
  const TestDatabase database(TestDatabase::Content::nothing);
  Sql sql(database.url());
  sql.run("CREATE SCHEMA orchestrator");
  sql.run("CREATE TABLE orchestrator.messages (of text)");
  const Names before = objects_in(database);
  EXPECT_THROW(migrate(Secret(database.url())), StatementFailed);
  EXPECT_EQ(objects_in(database), before);
}

// The message with which migrate() refuses the database.
std::string refusal_of(const std::string& url, std::optional<int> logical_shards = std::nullopt) {
  try {
    migrate(Secret(url), logical_shards);
    return "";
  } catch (const CannotMigrate& refusal) {
    return refusal.what();
  }
}

TEST(Migrations, AnApplicationsTablesAreNoObstacle) {
  const TestDatabase database(TestDatabase::Content::nothing);
  Sql sql(database.url());
  sql.run("CREATE TABLE public.users (id int)");
  sql.run("CREATE TABLE public.messages (id int)");
  sql.run("CREATE TABLE public.schema_migrations (version text)");
  sql.run("CREATE TABLE public.user_message_budget (id int)");
  EXPECT_EQ(migrate(Secret(database.url())).applied, known_migrations());
  EXPECT_EQ(sql.value("SELECT count(*) FROM public.users"), "0");
}

TEST(Migrations, RefuseADatabaseOfTheFirstEdition) {
  const TestDatabase database(TestDatabase::Content::nothing);
  Sql sql(database.url());
  sql.run("CREATE TABLE public.user_message_budget (user_id text)");
  sql.run("CREATE TABLE public.orchestrator_settings (name text)");
  const Names before = objects_in(database);
  EXPECT_NE(refusal_of(database.url()).find("an earlier edition"), std::string::npos);
  EXPECT_EQ(objects_in(database), before);
}

TEST(Migrations, FixTheNumberOfLogicalShards) {
  const TestDatabase database(TestDatabase::Content::nothing);
  Sql sql(database.url());
  EXPECT_EQ(migrate(Secret(database.url()), 8).shards.count(), 8);
  EXPECT_EQ(sql.value("SELECT logical_shards()"), "8");
  EXPECT_EQ(sql.value("SELECT shards()::text"), "{0,1,2,3,4,5,6,7}");
  EXPECT_EQ(migrate(Secret(database.url())).shards.count(), 8);
  EXPECT_EQ(migrate(Secret(database.url()), 8).shards.count(), 8);
  for (const int other : {1, 16, LogicalShards::kDefault}) {
    const std::string refusal = refusal_of(database.url(), other);
    EXPECT_NE(refusal.find("LOGICAL_SHARDS is " + std::to_string(other)), std::string::npos) << refusal;
    EXPECT_NE(refusal.find("with 8,"), std::string::npos) << refusal;
  }
  EXPECT_EQ(sql.value("SELECT logical_shards()"), "8");
}

TEST(Migrations, MakeTheDefaultNumberOfLogicalShards) {
  const TestDatabase database(TestDatabase::Content::nothing);
  EXPECT_EQ(migrate(Secret(database.url())).shards.count(), LogicalShards::kDefault);
  EXPECT_EQ(Sql(database.url()).value("SELECT logical_shards()"), std::to_string(LogicalShards::kDefault));
}

TEST(Migrations, NameTheMissingGrant) {
  const TestDatabase database(TestDatabase::Content::nothing);
  Sql owner(database.url());
  const std::string role = "newcomer_" + owner.value("SELECT current_database()");
  support::TestCluster::instance().create_role(role);
  const std::string url = database.url() + " user=" + role;
  const std::string name = owner.value("SELECT current_database()");
  EXPECT_NE(refusal_of(url).find("GRANT CREATE ON DATABASE " + name + " TO " + role), std::string::npos);
  owner.run("CREATE SCHEMA orchestrator");
  EXPECT_NE(refusal_of(url).find("GRANT USAGE, CREATE ON SCHEMA orchestrator TO " + role), std::string::npos);
  owner.run("GRANT USAGE, CREATE ON SCHEMA orchestrator TO " + role);
  EXPECT_EQ(migrate(Secret(url)).applied, known_migrations());
  EXPECT_EQ(migrate(Secret(url)).applied, Names{});
}

TEST(Migrations, NameTheGrantThatASecondRoleNeeds) {
  const TestDatabase database;
  const std::string role = "second_" + Sql(database.url()).value("SELECT current_database()");
  support::TestCluster::instance().create_role(role);
  EXPECT_NE(refusal_of(database.url() + " user=" + role).find("ON SCHEMA orchestrator TO " + role),
            std::string::npos);
}

TEST(Migrations, ThrowUnavailableWhenTheDatabaseCannotBeReached) {
  EXPECT_THROW(migrate(Secret("host=/nowhere dbname=x")), Unavailable);
  EXPECT_THROW(migrate(Secret("postgresql://[broken")), std::invalid_argument);
}

}  // namespace
}  // namespace orchestrator::storage
