#include "storage/migrations.hpp"

#include "storage/sql.hpp"
#include "storage/transaction.hpp"

namespace orchestrator::storage {
namespace {

// How many of the embedded migrations are applied. They are numbered without gaps, so the history must be a
// prefix of them.
std::size_t count_applied(Transaction& transaction) {
  const auto& embedded = embedded_migrations();
  const auto applied = transaction.exec(sql::read_applied_migrations);
  for (const auto& row : applied) {
    const auto position = static_cast<std::size_t>(row.num());
    const auto name = row[0].as<std::string>();
    if (position >= embedded.size() || name != embedded[position].name) {
      throw SchemaTooNew("The database has the migration \"" + name +
                         "\", which this version of message-orchestrator does not know. "
                         "Run the version that applied it, or a later one.");
    }
  }
  return applied.size();
}

}  // namespace

std::vector<std::string> migrate(const Secret& database_url) {
  Database database(database_url, 1);
  return in_transaction(database, [](Transaction& transaction) {
    transaction.exec(sql::lock_migrations);
    transaction.exec(sql::create_migration_history);
    const auto& embedded = embedded_migrations();
    std::vector<std::string> done;
    for (std::size_t next = count_applied(transaction); next < embedded.size(); ++next) {
      transaction.exec(embedded[next].sql);
      transaction.exec_params(sql::record_migration, embedded[next].name);
      done.emplace_back(embedded[next].name);
    }
    return done;
  });
}

}  // namespace orchestrator::storage
