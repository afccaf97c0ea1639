// The body of POST /schedule-messages: a JSON array or NDJSON, cut into its items while it arrives. The items
// are not parsed here, so that one malformed item does not fail the others.
#pragma once

#include <cstddef>
#include <deque>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "orchestrator/rejection.hpp"

namespace orchestrator::api {

inline constexpr std::size_t kMaxBulkItems = 10'000;

// First all bytes are appended, then the body is ended, then the items are read. Keeps the text of the items
// in segments and frees each segment once its items are read. For use by one thread at a time.
class BulkBody {
 public:
  // The body is NDJSON by this content type, or if it begins with an object.
  explicit BulkBody(std::string_view content_type);

  void append(std::string_view bytes);

  // The refusal of the whole body: it is neither an array nor lines, or does not have 1 to kMaxBulkItems
  // items. Only the boundaries of the items are checked, not that each is valid JSON.
  std::optional<Rejection> end();

  std::size_t item_count() const { return item_count_; }

  // The text of the next item, valid until the next call. Of an item that is larger than kMaxMessageBytes,
  // only kMaxMessageBytes + 1 bytes are kept: enough to refuse it.
  std::optional<std::string_view> next_item();

  // Of the texts that are not read yet.
  std::size_t kept_bytes() const;

 private:
  enum class Place { before, in_array, after_array, in_lines };

  struct Segment {
    std::string text = {};               // of its items, without gaps
    std::vector<std::size_t> ends = {};  // of its items
  };

  std::string_view begin(std::string_view bytes);
  std::string_view append_to_array(std::string_view bytes);
  std::string_view append_to_lines(std::string_view bytes);
  std::size_t find_end_of_item(std::string_view bytes);
  void append_to_item(std::string_view bytes);
  void begin_item();
  void end_item();
  void refuse(Rejection rejection);

  Place place_;
  std::size_t depth_ = 0;  // of brackets inside the item
  bool is_in_string_ = false;
  bool is_escaped_ = false;  // the next byte follows a backslash

  std::deque<Segment> segments_;
  std::size_t item_begin_ = 0;  // of the current item, in the last segment
  std::size_t item_bytes_ = 0;  // of the current item that have arrived, also those that are not kept
  std::size_t item_end_ = 0;    // of item_bytes_, without white space at the end; 0: no item has begun
  std::size_t item_count_ = 0;
  std::size_t items_read_ = 0;  // of the first segment
  std::optional<Rejection> rejection_;
};

}  // namespace orchestrator::api
