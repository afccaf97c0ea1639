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
  throw CannotMigrate("The role of DATABASE_URL lacks a right. As the owner of the database, run: " + grant);
}

void refuse_first_edition(const pqxx::row& state) {
  if (!state["has_first_edition"].as<bool>()) return;
  throw CannotMigrate(
      "The schema \"public\" contains the tables of an earlier edition of message-orchestrator. This edition "
      "does not take them over: use an empty database, or drop those tables.");
}

// Creates the schema and the history if they do not exist.
void prepare(Transaction& transaction) {
  const auto state = transaction.exec1(sql::read_schema_state);
  refuse_first_edition(state);
  const auto role = state["role"].as<std::string>();
  if (!state["has_schema"].as<bool>()) {
    require_right(state["may_create_schema"].as<bool>(),
                  "GRANT CREATE ON DATABASE " + state["database"].as<std::string>() + " TO " + role);
    transaction.exec(sql::create_schema);
    transaction.exec(sql::create_migration_history);
    return;
  }
  const bool has_history = state["has_history"].as<bool>();
  const bool may_continue =
      state["may_use_schema"].as<bool>() && (has_history || state["may_create_tables"].as<bool>());
  require_right(may_continue, "GRANT USAGE, CREATE ON SCHEMA orchestrator TO " + role);
  if (!has_history) transaction.exec(sql::create_migration_history);
}

// Creates what is missing of the schema; returns the names of the migrations.
std::vector<std::string> apply_missing(Transaction& transaction) {
  const auto& embedded = embedded_migrations();
  std::vector<std::string> applied;
  for (std::size_t next = count_applied(transaction); next < embedded.size(); ++next) {
    transaction.exec(embedded[next].sql);
    transaction.exec_params(sql::record_migration, embedded[next].name);
    applied.emplace_back(embedded[next].name);
  }
  if (!applied.empty()) {
    for (const Migration& repeatable : repeatable_migrations()) transaction.exec(repeatable.sql);
  }
  return applied;
}

LogicalShards read_logical_shards(Transaction& transaction, std::optional<int> wanted) {
  const LogicalShards shards(transaction.exec1(sql::read_logical_shards)[0].as<int>());
  if (wanted && *wanted != shards.count()) {
    throw CannotMigrate("LOGICAL_SHARDS is " + std::to_string(*wanted) +
                        ", but the database was created with " + std::to_string(shards.count()) +
                        ", which cannot be changed. Set LOGICAL_SHARDS=" + std::to_string(shards.count()) +
                        ", or leave it unset.");
  }
  return shards;
}

}  // namespace

Schema migrate(const Secret& database_url, std::optional<int> logical_shards) {
  Database database(database_url, 1);
  return in_transaction(database, [&](Transaction& transaction) {
    transaction.exec(sql::lock_migrations);
    prepare(transaction);
    transaction.exec_params(sql::set_logical_shards, logical_shards.value_or(LogicalShards::kDefault));
    Schema schema{.applied = apply_missing(transaction), .shards = LogicalShards{}};
    schema.shards = read_logical_shards(transaction, logical_shards);
    return schema;
  });
}

}  // namespace orchestrator::storage
