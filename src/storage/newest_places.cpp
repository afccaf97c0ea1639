#include "storage/newest_places.hpp"

#include <algorithm>
#include <map>
#include <utility>

namespace orchestrator::storage {
namespace {

using Place = EventStore::Place;

// What a round has read of one stream.
struct StreamRows {
  std::size_t count = 0;
  std::string oldest_id = {};
};

std::map<std::pair<EventStore::Table, int>, StreamRows> by_stream(const std::vector<Place>& places) {
  std::map<std::pair<EventStore::Table, int>, StreamRows> rows;
  for (const Place& place : places) {
    StreamRows& stream = rows[{place.table, place.shard}];
    if (stream.count++ == 0 || place.id < stream.oldest_id) stream.oldest_id = place.id;
  }
  return rows;
}

}  // namespace

std::vector<Place> newest_places(std::vector<RowStream> streams, std::size_t limit, const ReadStreams& read) {
  std::vector<Place> newest;
  std::string first_id;  // of the newest `limit` rows that have been read: no older row is among the newest
  while (!streams.empty() && limit > 0) {
    const std::size_t of_each = std::max(kMinRowsOfStream, (limit + streams.size() - 1) / streams.size());
    const std::vector<Place> places = read(streams, first_id, of_each);
    newest.insert(newest.end(), places.begin(), places.end());
    std::ranges::sort(newest, std::ranges::greater{}, &Place::id);
    if (newest.size() >= limit) {
      newest.resize(limit);
      first_id = newest.back().id;
    }
    const auto rows = by_stream(places);
    std::erase_if(streams, [&](RowStream& stream) {
      const auto found = rows.find({stream.table, stream.shard});
      if (found == rows.end() || found->second.count < of_each) return true;
      stream.past = found->second.oldest_id;
      return stream.past <= first_id;
    });
  }
  std::ranges::reverse(newest);
  return newest;
}

}  // namespace orchestrator::storage
