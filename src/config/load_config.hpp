// Reads the configuration from the environment. Safe for concurrent use.
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

// Returns the configuration, or all its problems: one line each, with the variable, its value (unless it is
// secret) and the allowed values. An empty variable counts as not set.
std::variant<Config, std::vector<std::string>> load_config(const Environment& environment);

// Every variable with its description, allowed values and default, as printed by `--help`.
std::string config_help();

}  // namespace orchestrator::config
