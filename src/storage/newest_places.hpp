// Which rows are the newest of all tables and logical shards, without reading each of them to the end. A pure
// function around its reader.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "storage/event_store.hpp"

namespace orchestrator::storage {

// The rows of one table in one logical shard, newest first.
struct RowStream {
  EventStore::Table table = EventStore::Table::log;
  int shard = 0;
  std::string past = {};  // the id behind which it goes on; empty: from its start
};

// Reads from each of the streams its next `limit` rows, those with ids from `first_id` on; empty: all.
using ReadStreams = std::function<std::vector<EventStore::Place>(
    const std::vector<RowStream>& streams, const std::string& first_id, std::size_t limit)>;

// The newest `limit` rows of all streams, in the order of their ids, which are UUIDs in lower case. The first
// round reads at most `limit` rows or kMinRowsOfStream of each stream, whichever is more. A further round
// reads those streams only that may have more of the newest rows; at most as many rows again. Each round at
// least doubles what has been read of a stream, so the number of rounds is at most logarithmic in the number
// of streams; evenly filled streams take two.
inline constexpr std::size_t kMinRowsOfStream = 16;
std::vector<EventStore::Place> newest_places(std::vector<RowStream> streams, std::size_t limit,
                                             const ReadStreams& read);

}  // namespace orchestrator::storage
