// How the program begins and how it is told to end.
#pragma once

#include <functional>
#include <memory>

#include "embedded/embedded_postgres.hpp"
#include "orchestrator/config.hpp"

namespace orchestrator::app {

// Null when the configuration names a database.
std::unique_ptr<embedded::EmbeddedPostgres> start_embedded(const DatabaseConfig& config);

// Does a piece of work that the program begins with, again if need be: waits up to 30 s for a database that
// is not there yet, or goes away in mid-work. Throws what storage/errors.hpp lists.
void retry_until_available(const std::function<void()>& work);

void bring_schema_up_to_date(const Secret& url);

// Says on which port it listens: one line for machines, and something to paste for the person who started it.
void announce(const Config& config, int port);

// Returns when a stop is asked for; meanwhile keeps the embedded server, if there is one, running.
void wait_for_stop_signal(embedded::EmbeddedPostgres* embedded);

}  // namespace orchestrator::app
