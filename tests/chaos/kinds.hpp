// Every kind of transaction in which the program writes. A transaction that writes and is of none of these
// makes a run fail: so the table stays complete.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace orchestrator::chaos {

struct Kind {
  std::string_view name;
  // Such a transaction says one of them at least, in its statements or parameters.
  std::vector<std::string_view> marks;
  // It comes only when an instance was not told how a commit of that kind ended; "": by itself.
  std::string_view comes_after_lost = "";
};

// The first that fits counts.
const std::vector<Kind>& kinds();

// Its place in kinds().
std::optional<std::size_t> kind_of(const std::string& transaction);

}  // namespace orchestrator::chaos
