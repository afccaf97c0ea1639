// Simulates all writers except the program: agents, users, and operators who edit rows with SQL. Each user
// has an own random number generator; the statements are set-based.
#pragma once

#include <string>
#include <vector>

#include "model/simulated_user.hpp"
#include "support/sql.hpp"

namespace orchestrator::model {

class ExternalWriters {
 public:
  ExternalWriters(support::Sql& sql, std::vector<std::string> zones) : sql_(sql), zones_(std::move(zones)) {}

  // Inserts the users.
  void create(std::vector<SimulatedUser>& users, Instant now);

  // One random write for each of `per_mille` of a thousand users on average.
  void write(std::vector<SimulatedUser>& users, Instant now, std::uint64_t per_mille);

  // One random write for this user.
  void write(SimulatedUser& user, Instant now);

  // An urgent or high message, not stored; mostly due.
  Message any_express_message(SimulatedUser& user, Instant now) const;

  // Inserts an urgent message.
  void schedule_urgent(SimulatedUser& user, Instant now);

 private:
  void write_one(SimulatedUser& user, Instant now);
  void schedule(SimulatedUser& user, Instant now);
  void schedule_sequence(SimulatedUser& user, Instant now);
  void edit(SimulatedUser& user, Instant now);
  void edit_status(SimulatedUser& user, Instant now);
  void change_settings(SimulatedUser& user, Instant now);
  void opt_out_or_in(SimulatedUser& user, Instant now);
  void user_writes(SimulatedUser& user, Instant now);

  Settings any_settings(SimulatedUser& user) const;
  Message any_message(SimulatedUser& user, Instant now) const;
  void insert(SimulatedUser& user, Message message, Instant now);
  void flush();

  support::Sql& sql_;
  const std::vector<std::string> zones_;
  std::vector<std::string> inserts_;  // rows for one INSERT
  std::vector<std::string> inbound_;
  std::vector<std::string> settings_;
  std::vector<std::string> edits_;  // statements
};

}  // namespace orchestrator::model
