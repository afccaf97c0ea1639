// The newest rows of many streams: exactly these, and little more is read, however many streams there are and
// however unevenly they are filled.
#include "storage/newest_places.hpp"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <map>
#include <random>

namespace orchestrator::storage {
namespace {

using Table = EventStore::Table;
using Place = EventStore::Place;

std::string id_of(std::size_t number) { return fmt::format("019a0000-0000-7000-8000-{:012x}", number); }

std::vector<std::string> ids_of(const std::vector<Place>& places) {
  std::vector<std::string> ids;
  for (const Place& place : places) ids.push_back(place.id);
  return ids;
}

// Rows in streams, and how much of them was read.
class Rows {
 public:
  explicit Rows(int shards) : shards_(shards) {}

  // Rows get ascending ids in the order in which they are added.
  void add(Table table, int shard) {
    places_.push_back({id_of(places_.size() + 1), shard, table});
    of_stream_[{table, shard}].push_back(places_.back());
  }

  std::vector<Place> newest(std::size_t limit) {
    std::vector<RowStream> streams;
    for (const Table table : {Table::log, Table::queue, Table::messages}) {
      for (int shard = 0; shard < shards_; ++shard) streams.push_back({table, shard});
    }
    read_ = 0;
    rounds_ = 0;
    return newest_places(streams, limit,
                         [this](const auto& open, const std::string& first_id, std::size_t of_each) {
                           return read(open, first_id, of_each);
                         });
  }

  std::vector<Place> expected(std::size_t limit) const {
    return {places_.end() - static_cast<std::ptrdiff_t>(std::min(limit, places_.size())), places_.end()};
  }

  std::size_t read_rows() const { return read_; }
  std::size_t rounds() const { return rounds_; }

 private:
  std::vector<Place> read(const std::vector<RowStream>& streams, const std::string& first_id,
                          std::size_t of_each) {
    ++rounds_;
    std::vector<Place> found;
    for (const RowStream& stream : streams) {
      const auto& rows = of_stream_[{stream.table, stream.shard}];
      std::size_t left = of_each;
      for (auto row = rows.rbegin(); row != rows.rend() && left > 0 && row->id >= first_id; ++row) {
        if (!stream.past.empty() && row->id >= stream.past) continue;
        found.push_back(*row);
        --left;
      }
    }
    read_ += found.size();
    return found;
  }

  int shards_;
  std::vector<Place> places_;
  std::map<std::pair<Table, int>, std::vector<Place>> of_stream_;
  std::size_t read_ = 0;
  std::size_t rounds_ = 0;
};

TEST(NewestPlaces, OfEvenlyFilledStreamsAreReadOnceOrTwice) {
  constexpr std::size_t kPage = 10'000;
  for (const int shards : {1, 8, 32, 256}) {
    Rows rows(shards);
    std::mt19937 random(static_cast<unsigned>(shards));
    for (int i = 0; i < 100'000; ++i)
      rows.add(static_cast<Table>(random() % 3), static_cast<int>(random() % shards));
    EXPECT_EQ(ids_of(rows.newest(kPage)), ids_of(rows.expected(kPage)));
    EXPECT_LE(rows.read_rows(), 2 * kPage) << shards << " shards";
    EXPECT_LE(rows.rounds(), 4U) << shards << " shards";
  }
}

// A morning's opening: promotions only. And one busy user.
TEST(NewestPlaces, OfFewFullStreamsAreReadInAFewRounds) {
  constexpr std::size_t kPage = 10'000;
  for (const int busy_shards : {1, 3, 32}) {
    Rows rows(32);
    for (int i = 0; i < 100'000; ++i) rows.add(Table::messages, i % busy_shards);
    EXPECT_EQ(ids_of(rows.newest(kPage)), ids_of(rows.expected(kPage)));
    EXPECT_LE(rows.read_rows(), 2.5 * kPage) << busy_shards << " busy shards";
  }
}

TEST(NewestPlaces, AreTheSameAsThoseOfAllRowsSorted) {
  std::random_device seeds;
  const unsigned seed = seeds();
  std::mt19937 random(seed);
  const auto below = [&](std::size_t bound) { return static_cast<std::size_t>(random() % bound); };
  for (int round = 0; round < 300; ++round) {
    const int shards = 1 << below(6);
    Rows rows(shards);
    const std::size_t streams = 3 * static_cast<std::size_t>(shards);
    // The skew: how often a row falls into the stream of the row before it.
    const std::size_t skew = below(100);
    std::size_t stream = 0;
    for (std::size_t i = below(2'000); i > 0; --i) {
      if (below(100) >= skew) stream = below(streams);
      rows.add(static_cast<Table>(stream % 3), static_cast<int>(stream / 3));
    }
    const std::size_t limit = below(300);
    ASSERT_EQ(ids_of(rows.newest(limit)), ids_of(rows.expected(limit))) << "seed " << seed;
    const double most_rounds = 2 + std::log2(static_cast<double>(streams));
    ASSERT_LE(static_cast<double>(rows.rounds()), most_rounds) << "seed " << seed;
    const std::size_t of_a_round = std::max(limit + streams, kMinRowsOfStream * streams);
    ASSERT_LE(rows.read_rows(), rows.rounds() * of_a_round) << "seed " << seed;
  }
}

}  // namespace
}  // namespace orchestrator::storage
