// Every kind of transaction in which the program writes. A writing transaction of no listed kind fails the
// run, so that the table stays complete.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace orchestrator::chaos {

struct TransactionKind {
  std::string_view name;
  // The transaction's statements or parameters contain at least one of these texts.
  std::vector<std::string_view> marks;
  // The kind after whose lost commit response this one occurs; "": it occurs by itself.
  std::string_view follows_lost = "";
};

// The first match counts.
const std::vector<TransactionKind>& transaction_kinds();

// The index into transaction_kinds().
std::optional<std::size_t> kind_of(const std::string& transaction);

}  // namespace orchestrator::chaos
