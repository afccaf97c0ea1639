// Everybody who writes to the database but the program itself: agents, the people, and whoever edits rows
// with SQL. Each life draws from its own random numbers what is written; the statements are set-based.
#pragma once

#include <string>
#include <vector>

#include "model/life.hpp"
#include "support/sql.hpp"

namespace orchestrator::model {

class Writers {
 public:
  Writers(support::Sql& sql, std::vector<std::string> zones) : sql_(sql), zones_(std::move(zones)) {}

  // Moves them in.
  void create(std::vector<Life>& lives, Instant now);

  // Something may happen in each life; on average in `per_mille` of a thousand.
  void write(std::vector<Life>& lives, Instant now, std::uint64_t per_mille);

  // A life gets an urgent message.
  void hurry(Life& life, Instant now);

 private:
  void write_one(Life& life, Instant now);
  void schedule(Life& life, Instant now);
  void schedule_sequence(Life& life, Instant now);
  void edit(Life& life, Instant now);
  void edit_status(Life& life, Instant now);
  void change_settings(Life& life, Instant now);
  void opt_out_or_back(Life& life, Instant now);
  void person_writes(Life& life, Instant now);

  Settings any_settings(Life& life) const;
  Message any_message(Life& life, Instant now) const;
  void insert(Life& life, Message message, Instant now);
  void flush();

  support::Sql& sql_;
  const std::vector<std::string> zones_;
  std::vector<std::string> inserts_;  // rows for one INSERT
  std::vector<std::string> inbound_;
  std::vector<std::string> settings_;
  std::vector<std::string> edits_;  // statements
};

}  // namespace orchestrator::model
