// The schema, as the binary carries it (migrations/*.sql). Forward only.
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

// The database was made by a later version of this program, which this one must not touch.
class SchemaTooNew : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

// Applies what is missing, all of it or nothing, and returns the names of what it applied. Any number of
// instances may call it at once: one does the work while the others wait. Throws SchemaTooNew, or what
// storage/errors.hpp lists.
std::vector<std::string> migrate(const Secret& database_url);

}  // namespace orchestrator::storage
