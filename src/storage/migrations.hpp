// The schema: migrations/*.sql, embedded into the binary. Migrations only go forward; the functions, triggers
// and views of migrations/repeatable/ are replaced whenever a migration is applied. A change of these takes
// effect in existing databases with the next migration, so that an older version never replaces them with its
// own.
#pragma once

#include <optional>
#include <stdexcept>
#include <string>
#include <vector>

#include "orchestrator/logical_shards.hpp"
#include "orchestrator/secret.hpp"

namespace orchestrator::storage {

struct Migration {
  const char* name;  // e.g. "0002_tables": its number is its version
  const char* sql;
};

const std::vector<Migration>& embedded_migrations();
const std::vector<Migration>& repeatable_migrations();

// The database cannot be migrated as it is; what() says what to do.
class CannotMigrate : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

struct Schema {
  std::vector<std::string> applied;  // the names of the migrations that were missing
  LogicalShards shards;
};

// Applies the missing migrations in one transaction. `logical_shards`: how many a new schema gets (without it
// LogicalShards::kDefault), and an existing one must have. Any number of instances may call
// it at once: one does the work while the others wait. Throws CannotMigrate if a later version has migrated
// the database, if it contains the tables of the first edition or another number of logical shards, or if a
// right is missing; and what storage/errors.hpp lists.
Schema migrate(const Secret& database_url, std::optional<int> logical_shards = std::nullopt);

}  // namespace orchestrator::storage
