// A transaction of another session that stays open.
#pragma once

#include "support/sql.hpp"

namespace orchestrator::support {

// Open from construction to commit(). The server ends it after a while, so that a test fails instead of
// hanging.
class Outsider {
 public:
  explicit Outsider(const std::string& url) : session_(url) {
    transaction_.exec("SET LOCAL idle_in_transaction_session_timeout = '15s'");
  }
  void run(const std::string& statement) { transaction_.exec(statement); }
  void commit() { transaction_.commit(); }

 private:
  Sql session_;
  pqxx::work transaction_{session_.connection()};
};

}  // namespace orchestrator::support
