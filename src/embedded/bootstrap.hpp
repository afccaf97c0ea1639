// What a new cluster needs before the service can use it like any other PostgreSQL.
#pragma once

#include <string>

namespace orchestrator::embedded {

inline constexpr const char* kAdministrator = "postgres";
inline constexpr const char* kApplication = "orchestrator";  // the role and its database

// libpq connection text for the server whose unix socket is in `socket_directory`.
std::string connection_text(const std::string& socket_directory, const std::string& user,
                            const std::string& database);

enum class Readiness { unreachable, starting, ready };
Readiness readiness(const std::string& connection);

// Creates the application's role and database where they are missing. Throws std::runtime_error.
void create_application_database(const std::string& administrator_connection);

}  // namespace orchestrator::embedded
