// The schema: migrations/*.sql, embedded into the binary. Migrations only go forward.
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

// A later version of this program has migrated the database; this one must not use it.
class SchemaTooNew : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

// Applies the missing migrations in one transaction and returns their names. Any number of instances may call
// it at once: one does the work while the others wait. Throws SchemaTooNew, or what storage/errors.hpp lists.
std::vector<std::string> migrate(const Secret& database_url);

}  // namespace orchestrator::storage
