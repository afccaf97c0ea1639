// The rules as a table, so that decisions, plans and explanations ask the very same ones. Pure, safe from any
// thread.
#pragma once

#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "policy/policy.hpp"

namespace orchestrator::policy {

// No instant at all.
inline constexpr Instant kNever = Instant::max();

// What the rules are asked about. The facts count as of `now`; see with_count_as_of.
struct RuleInput {
  Instant now;
  const QueuedMessage& message;
  const UserFacts& facts;
  const Limits& limits;
  bool gives_way = false;  // messages of higher lanes are due, and stay
};

struct Rule {
  std::string_view name;
  Reason reason;
  Instant (*passes_at)(Instant from, const RuleInput& input);
  std::string (*detail)(const RuleInput& input);
};

// All of them, in order; those that a message can meet without coming to its end; those of a message alone;
// those of a person.
std::span<const Rule> all_rules();
std::span<const Rule> rules_that_defer();
std::span<const Rule> message_rules();
std::span<const Rule> user_rules();

// The first of the rules that blocks at `now`.
std::optional<Reason> first_to_block(std::span<const Rule> rules, const RuleInput& input);

// The first instant at or after `from` at which all of them pass.
Instant all_pass_at(std::span<const Rule> rules, Instant from, const RuleInput& input);

}  // namespace orchestrator::policy
