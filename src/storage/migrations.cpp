#include "storage/migrations.hpp"

#include "storage/transaction.hpp"

namespace orchestrator::storage {
namespace {

// Any number that nothing else in the database locks: "orchestr" in ASCII.
constexpr const char* kTakeTurn = "SELECT pg_advisory_xact_lock(8030589110318068850)";

constexpr const char* kCreateHistory = R"sql(
CREATE TABLE IF NOT EXISTS schema_migrations (
  name       text PRIMARY KEY,
  applied_at timestamptz NOT NULL DEFAULT now()
))sql";

constexpr const char* kApplied = "SELECT name FROM schema_migrations ORDER BY name";

constexpr const char* kRecord = "INSERT INTO schema_migrations (name) VALUES ($1)";

// How many of ours are applied already. Ours are numbered without gaps, so the history must be a prefix.
std::size_t count_applied(Transaction& transaction) {
  const auto& ours = embedded_migrations();
  const auto applied = transaction.exec(kApplied);
  for (const auto& row : applied) {
    const auto position = static_cast<std::size_t>(row.num());
    const auto name = row[0].as<std::string>();
    if (position >= ours.size() || name != ours[position].name) {
      throw SchemaTooNew("The database has the migration \"" + name +
                         "\", which this version of message-orchestrator does not know. "
                         "Run the version that made it, or a later one.");
    }
  }
  return applied.size();
}

}  // namespace

std::vector<std::string> migrate(const Secret& database_url) {
  Database database(database_url, 1);
  return in_transaction(database, [](Transaction& transaction) {
    transaction.exec(kTakeTurn);
    transaction.exec(kCreateHistory);
    const auto& ours = embedded_migrations();
    std::vector<std::string> done;
    for (std::size_t next = count_applied(transaction); next < ours.size(); ++next) {
      transaction.exec(ours[next].sql);
      transaction.exec_params(kRecord, ours[next].name);
      done.emplace_back(ours[next].name);
    }
    return done;
  });
}

}  // namespace orchestrator::storage
