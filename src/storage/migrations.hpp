// The schema: migrations/*.sql, embedded into the binary. Migrations only go forward; the functions, triggers
// and views of migrations/repeatable/ are replaced whenever a migration is applied. A change of these takes
// effect in existing databases with the next migration, so that an older version never replaces them with its
// own.
#pragma once

#include <stdexcept>
#include <string>
#include <vector>

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

// Applies the missing migrations in one transaction and returns their names. Any number of instances may call
// it at once: one does the work while the others wait. Throws CannotMigrate if a later version has migrated
// the database, if it contains the tables of the first edition, or if a right is missing; and what
// storage/errors.hpp lists.
std::vector<std::string> migrate(const Secret& database_url);

}  // namespace orchestrator::storage
