// The schema as users' own SQL sees it: every change must show in review.
#include <gtest/gtest.h>

#include <cstdlib>
#include <fstream>
#include <set>
#include <sstream>

#include "embedded/installation.hpp"
#include "embedded/process.hpp"
#include "support/database.hpp"
#include "support/sql.hpp"

namespace orchestrator::storage {
namespace {

using support::Sql;
using support::TestDatabase;

constexpr const char* kGolden = SOURCE_DIR "/tests/storage/schema.sql";

// The server that POSTGRES_BIN names has no pg_dump, and a pg_dump refuses later servers than its own.
bool is_server_of_another_version(const std::string& url) {
  const int server = std::stoi(Sql(url).value("SHOW server_version_num")) / 10000;
  return server != embedded::find_installation(std::nullopt).major_version;
}

std::string dump(const std::string& url) {
  const auto pg_dump = embedded::find_installation(std::nullopt).bin / "pg_dump";
  const auto result = embedded::run({.arguments = {pg_dump, "--schema-only", "--no-owner", "--dbname=" + url},
                                     .environment = {"LC_ALL=C.UTF-8"}},
                                    std::chrono::seconds{60});
  if (result.status != 0) throw std::runtime_error(result.output);
  return result.output;
}

// Removes comments, settings and runs of blank lines, which depend on the version of pg_dump or mean nothing.
std::string normalised(const std::string& dumped) {
  std::istringstream lines(dumped);
  std::string text;
  bool after_blank = true;
  for (std::string line; std::getline(lines, line);) {
    const bool is_noise = line.starts_with("--") || line.starts_with("SET ") || line.starts_with("\\") ||
                          line.starts_with("SELECT pg_catalog.set_config");
    if (is_noise || (line.empty() && after_blank)) continue;
    after_blank = line.empty();
    text += line + "\n";
  }
  return text;
}

std::string read(const std::string& path) {
  std::ifstream in(path);
  return {std::istreambuf_iterator<char>(in), {}};
}

// The first difference of the two.
std::string difference(const std::string& expected, const std::string& actual) {
  std::istringstream wanted(expected);
  std::istringstream found(actual);
  std::string want;
  std::string find;
  for (int number = 1;; ++number) {
    const bool more_wanted = static_cast<bool>(std::getline(wanted, want));
    const bool more_found = static_cast<bool>(std::getline(found, find));
    if (!more_wanted && !more_found) return "nowhere";
    if (want != find || more_wanted != more_found) {
      return "line " + std::to_string(number) + "\n  file:     " + want + "\n  database: " + find;
    }
  }
}

TEST(Schema, MatchesTheGoldenFile) {
  if (support::logical_shards().count() != LogicalShards::kDefault)
    GTEST_SKIP() << "The golden file has the default number of logical shards";
  const TestDatabase database;
  if (is_server_of_another_version(database.url())) GTEST_SKIP() << "pg_dump has another version";
  const std::string actual = normalised(dump(database.url()));
  if (std::getenv("UPDATE_GOLDEN") != nullptr) std::ofstream(kGolden) << actual;
  const std::string golden = read(kGolden);
  EXPECT_TRUE(actual == golden) << "The migrations make another schema than " << kGolden << " shows, from "
                                << difference(golden, actual)
                                << "\nIf that is meant: UPDATE_GOLDEN=1 scripts/test 'Schema*'";
}

// So that the tables can be distributed by it, and a statement for one user reads one part of each index.
TEST(Schema, EveryIndexBeginsWithTheLogicalShard) {
  const std::set<std::string> not_of_one_shard = {
      "schema_migrations_pkey", "orchestrator_settings_pkey",  // of the database
  };
  const TestDatabase database;
  const auto without_shard = Sql(database.url()).column(R"(
      SELECT index.indexrelid::regclass::text FROM pg_index AS index
      JOIN pg_class AS relation ON relation.oid = index.indrelid
      WHERE relation.relnamespace = 'orchestrator'::regnamespace AND NOT EXISTS (
        SELECT FROM pg_attribute AS attribute
        WHERE attribute.attrelid = index.indrelid AND attribute.attnum = index.indkey[0]
          AND attribute.attname = 'shard'))");
  EXPECT_EQ(std::set<std::string>(without_shard.begin(), without_shard.end()), not_of_one_shard);
}

}  // namespace
}  // namespace orchestrator::storage
