// A refusal that the caller of the API caused and can correct. A value, not an exception.
#pragma once

#include <string>
#include <vector>

namespace orchestrator {

struct Rejection {
  int status = 400;                        // HTTP
  std::string code;                        // stable, e.g. "unknown_user"
  std::string message;                     // for a person: what is wrong and what to do
  std::vector<std::string> required = {};  // names of the missing fields, if any are missing
};

}  // namespace orchestrator
