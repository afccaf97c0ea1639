// The configuration from the environment. Safe from any thread.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "orchestrator/config.hpp"

namespace orchestrator::config {

// The value of an environment variable, if it is set.
using Environment = std::function<std::optional<std::string>(std::string_view name)>;

// The configuration, or everything that is wrong with it: one line for each problem, naming the variable,
// its value (unless secret) and what is allowed. A variable set to nothing counts as not set.
std::variant<Config, std::vector<std::string>> load_config(const Environment& environment);

// Every variable, what it is for, what is allowed and its default, as `--help` prints it.
std::string config_help();

}  // namespace orchestrator::config
