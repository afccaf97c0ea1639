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
      throw CannotMigrate("The database has the migration \"" + name +
                          "\", which this version of message-orchestrator does not know. "
                          "Run the version that applied it, or a later one.");
    }
  }
  return applied.size();
}

void require_right(bool has_it, const std::string& grant) {
  if (has_it) return;
  throw CannotMigrate("A right is missing to create the tables. As the owner of the database, run: " + grant);
}

// Creates the schema and the history if they do not exist.
void prepare(Transaction& transaction) {
  const auto state = transaction.exec1(sql::read_schema_state);
  if (state["has_first_edition"].as<bool>()) {
    throw CannotMigrate(
        "The database contains the tables of an earlier edition of message-orchestrator in the schema "
        "\"public\". "
        "This edition does not take them over: use an empty database, or drop those tables.");
  }
  const auto role = state["role"].as<std::string>();
  if (!state["has_schema"].as<bool>()) {
    require_right(state["may_create_schema"].as<bool>(),
                  "GRANT CREATE ON DATABASE " + state["database"].as<std::string>() + " TO " + role);
    transaction.exec(sql::create_schema);
  } else if (!state["has_history"].as<bool>()) {
    require_right(state["may_create_tables"].as<bool>(),
                  "GRANT USAGE, CREATE ON SCHEMA orchestrator TO " + role);
  }
  if (!state["has_history"].as<bool>()) transaction.exec(sql::create_migration_history);
}

}  // namespace

std::vector<std::string> migrate(const Secret& database_url) {
  Database database(database_url, 1);
  return in_transaction(database, [](Transaction& transaction) {
    transaction.exec(sql::lock_migrations);
    prepare(transaction);
    const auto& embedded = embedded_migrations();
    std::vector<std::string> done;
    for (std::size_t next = count_applied(transaction); next < embedded.size(); ++next) {
      transaction.exec(embedded[next].sql);
      transaction.exec_params(sql::record_migration, embedded[next].name);
      done.emplace_back(embedded[next].name);
    }
    if (!done.empty()) {
      for (const Migration& repeatable : repeatable_migrations()) transaction.exec(repeatable.sql);
    }
    return done;
  });
}

}  // namespace orchestrator::storage
