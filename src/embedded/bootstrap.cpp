#include "embedded/bootstrap.hpp"

#include <libpq-fe.h>

#include <memory>
#include <stdexcept>

namespace orchestrator::embedded {

namespace {

using Connection = std::unique_ptr<PGconn, decltype(&PQfinish)>;
using Result = std::unique_ptr<PGresult, decltype(&PQclear)>;

std::string quoted(const std::string& value) {
  std::string text = "'";
  for (const char character : value) {
    if (character == '\'' || character == '\\') text += '\\';
    text += character;
  }
  return text + "'";
}

Result execute(const Connection& connection, const std::string& sql) {
  Result result(PQexec(connection.get(), sql.c_str()), &PQclear);
  const ExecStatusType status = PQresultStatus(result.get());
  if (status != PGRES_COMMAND_OK && status != PGRES_TUPLES_OK) {
    throw std::runtime_error(sql + ": " + PQerrorMessage(connection.get()));
  }
  return result;
}

bool exists(const Connection& connection, const std::string& query) {
  return PQntuples(execute(connection, query).get()) > 0;
}

}  // namespace

std::string connection_string(const std::string& socket_directory, const std::string& user,
                              const std::string& database) {
  return "host=" + quoted(socket_directory) + " port=5432 user=" + user + " dbname=" + database;
}

Readiness readiness(const std::string& connection) {
  switch (PQping((connection + " connect_timeout=2").c_str())) {
    case PQPING_OK:
      return Readiness::ready;
    case PQPING_REJECT:
      return Readiness::starting;
    case PQPING_NO_RESPONSE:
    case PQPING_NO_ATTEMPT:
      return Readiness::unreachable;
  }
  return Readiness::unreachable;
}

void create_application_database(const std::string& administrator_connection) {
  const Connection connection(PQconnectdb(administrator_connection.c_str()), &PQfinish);
  if (PQstatus(connection.get()) != CONNECTION_OK) {
    throw std::runtime_error(std::string("Connecting to the embedded PostgreSQL failed: ") +
                             PQerrorMessage(connection.get()));
  }
  const std::string name = kApplication;
  if (!exists(connection, "SELECT FROM pg_roles WHERE rolname = '" + name + "'")) {
    execute(connection, "CREATE ROLE " + name + " LOGIN");
  }
  if (!exists(connection, "SELECT FROM pg_database WHERE datname = '" + name + "'")) {
    execute(connection, "CREATE DATABASE " + name + " OWNER " + name);
  }
}

}  // namespace orchestrator::embedded
