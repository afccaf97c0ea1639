// Prepares a new cluster for the service: waits for the server and creates the application's database.
#pragma once

#include <string>

namespace orchestrator::embedded {

inline constexpr const char* kAdministrator = "postgres";
inline constexpr const char* kApplication = "orchestrator";  // the name of both the role and its database

// The libpq connection string of the server whose unix socket is in `socket_directory`.
std::string connection_string(const std::string& socket_directory, const std::string& user,
                              const std::string& database);

enum class Readiness { unreachable, starting, ready };
Readiness readiness(const std::string& connection);

// Creates the application's role and database if they are missing. Throws std::runtime_error.
void create_application_database(const std::string& administrator_connection);

}  // namespace orchestrator::embedded
