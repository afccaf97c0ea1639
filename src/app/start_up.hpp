// The steps at the start of the program, and the wait for its end.
#pragma once

#include <functional>
#include <memory>
#include <optional>

#include "embedded/embedded_postgres.hpp"
#include "orchestrator/config.hpp"
#include "orchestrator/logical_shards.hpp"

namespace orchestrator::app {

// Null if DATABASE_URL is set.
std::unique_ptr<embedded::EmbeddedPostgres> start_embedded(const DatabaseConfig& config);

// Runs `work`, and repeats it for up to 30 s while the database is unavailable. Throws what
// storage/errors.hpp lists.
void retry_until_available(const std::function<void()>& work);

// Returns the logical shards of the database. `wanted`: how many a new one gets, and an existing one must
// have.
LogicalShards bring_schema_up_to_date(const Secret& url, std::optional<int> wanted);

// Logs the address that the service listens on. With LOG_FORMAT=text it also prints a first request to try.
void report_ready(const Config& config, int port);

// Returns after SIGTERM or SIGINT. Meanwhile it restarts the embedded server, if there is one, whenever it
// ends.
void wait_for_stop_signal(embedded::EmbeddedPostgres* embedded);

}  // namespace orchestrator::app
