// Plain SQL for tests: to write rows as other programs do, and to read tables.
#pragma once

#include <pqxx/pqxx>
#include <string>
#include <vector>

namespace orchestrator::support {

// One connection; every statement is its own transaction. The tables have their short names, as for a role
// that is named like the schema.
class Sql {
 public:
  explicit Sql(const std::string& url) : connection_(url + " options='-c search_path=orchestrator,public'") {}

  void run(const std::string& statement) {
    pqxx::nontransaction session(connection_);
    session.exec(statement);
  }

  // The single value that the statement returns, as text; "" for null.
  std::string value(const std::string& statement) {
    pqxx::nontransaction session(connection_);
    return session.exec1(statement)[0].as<std::string>("");
  }

  // The first column of all rows.
  std::vector<std::string> column(const std::string& statement) {
    pqxx::nontransaction session(connection_);
    std::vector<std::string> values;
    for (const auto& row : session.exec(statement)) values.push_back(row[0].as<std::string>(""));
    return values;
  }

  pqxx::connection& connection() { return connection_; }

 private:
  pqxx::connection connection_;
};

}  // namespace orchestrator::support
