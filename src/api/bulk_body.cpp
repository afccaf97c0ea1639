#include "api/bulk_body.hpp"

#include <algorithm>
#include <utility>

#include "api/message_fields.hpp"
#include "text/ascii.hpp"

namespace orchestrator::api {

namespace {

using std::string_view;

// A segment of this size is complete. The allocator returns blocks of this size to the system when they are
// freed; the memory for the item that exceeds the size is reserved, so that the text is rarely moved.
constexpr std::size_t kSegmentBytes = std::size_t{256} * 1024;

constexpr std::size_t kMaxKeptBytesOfItem = kMaxMessageBytes + 1;

Rejection not_an_array() {
  return {.status = 400,
          .code = "invalid_json",
          .message = "The body must be one JSON array, [{…}, {…}], or NDJSON with one object per line."};
}

Rejection too_many_items() {
  return {.status = 413,
          .code = "too_many_items",
          .message = "One request may have at most " + std::to_string(kMaxBulkItems) +
                     " messages; send several requests."};
}

Rejection no_items() {
  return {.status = 400, .code = "no_items", .message = "The body contains no message."};
}

bool is_ndjson(string_view content_type) {
  const string_view media_type = text::trim(content_type.substr(0, content_type.find(';')));
  return text::equal_ignoring_case(media_type, "application/x-ndjson");
}

string_view without_leading_space(string_view bytes) {
  return bytes.substr(std::min(bytes.find_first_not_of(text::kWhiteSpace), bytes.size()));
}

}  // namespace

BulkBody::BulkBody(string_view content_type)
    : place_(is_ndjson(content_type) ? Place::in_lines : Place::before) {}

void BulkBody::append(string_view bytes) {
  while (!bytes.empty() && !rejection_) {
    switch (place_) {
      case Place::before:
        bytes = begin(without_leading_space(bytes));
        break;
      case Place::in_array:
        bytes = append_to_array(bytes);
        break;
      case Place::in_lines:
        bytes = append_to_lines(bytes);
        break;
      case Place::after_array:
        bytes = without_leading_space(bytes);
        if (!bytes.empty()) refuse(not_an_array());
    }
  }
}

std::optional<Rejection> BulkBody::end() {
  const bool is_complete = place_ == Place::in_lines || place_ == Place::after_array;
  if (!is_complete) refuse(not_an_array());
  if (item_end_ > 0) end_item();
  if (item_count_ == 0) refuse(no_items());
  return rejection_;
}

std::optional<string_view> BulkBody::next_item() {
  while (!segments_.empty()) {
    const Segment& first = segments_.front();
    if (items_read_ < first.ends.size()) {
      const std::size_t begin = items_read_ == 0 ? 0 : first.ends[items_read_ - 1];
      return string_view(first.text).substr(begin, first.ends[items_read_++] - begin);
    }
    segments_.pop_front();
    items_read_ = 0;
  }
  return std::nullopt;
}

std::size_t BulkBody::kept_bytes() const {
  std::size_t bytes = 0;
  for (const Segment& segment : segments_) bytes += segment.text.size();
  return bytes;
}

// These three return the bytes that are left.
string_view BulkBody::begin(string_view bytes) {
  if (bytes.empty()) return bytes;
  if (bytes.front() == '{') {
    place_ = Place::in_lines;
    return bytes;
  }
  if (bytes.front() != '[') refuse(not_an_array());
  place_ = Place::in_array;
  return bytes.substr(1);
}

string_view BulkBody::append_to_array(string_view bytes) {
  const std::size_t end = find_end_of_item(bytes);
  append_to_item(bytes.substr(0, end));
  if (end == string_view::npos) return {};
  const bool is_empty = item_end_ == 0;
  const bool is_last = bytes[end] == ']';
  const bool is_valid = is_empty ? is_last && item_count_ == 0 : bytes[end] != '}';
  if (!is_valid) refuse(not_an_array());
  if (!is_empty) end_item();
  if (is_last) place_ = Place::after_array;
  return bytes.substr(end + 1);
}

string_view BulkBody::append_to_lines(string_view bytes) {
  const std::size_t end = bytes.find('\n');
  append_to_item(bytes.substr(0, end));
  if (end == string_view::npos) return {};
  if (item_end_ > 0) end_item();
  return bytes.substr(end + 1);
}

// The next comma or bracket of the array itself. Brackets are only counted; the JSON parser refuses an item
// whose brackets do not match.
std::size_t BulkBody::find_end_of_item(string_view bytes) {
  for (std::size_t i = 0; i < bytes.size(); ++i) {
    const char c = bytes[i];
    if (is_in_string_) {
      if (c == '"' && !is_escaped_) is_in_string_ = false;
      is_escaped_ = c == '\\' && !is_escaped_;
    } else if (c == '"') {
      is_in_string_ = true;
    } else if (c == '{' || c == '[') {
      ++depth_;
    } else if (c == '}' || c == ']' || c == ',') {
      if (depth_ == 0) return i;
      if (c != ',') --depth_;
    }
  }
  return string_view::npos;
}

void BulkBody::append_to_item(string_view bytes) {
  if (item_end_ == 0) bytes = without_leading_space(bytes);
  if (bytes.empty()) return;
  if (item_end_ == 0) begin_item();
  const std::size_t last = bytes.find_last_not_of(text::kWhiteSpace);
  if (last != string_view::npos) item_end_ = item_bytes_ + last + 1;
  item_bytes_ += bytes.size();
  std::string& text = segments_.back().text;
  text.append(bytes.substr(0, item_begin_ + kMaxKeptBytesOfItem - text.size()));
}

void BulkBody::begin_item() {
  if (segments_.empty() || segments_.back().text.size() >= kSegmentBytes) {
    segments_.emplace_back().text.reserve(2 * kSegmentBytes);
  }
  item_begin_ = segments_.back().text.size();
}

void BulkBody::end_item() {
  if (rejection_) return;
  if (item_count_ == kMaxBulkItems) return refuse(too_many_items());
  ++item_count_;
  auto& [text, ends] = segments_.back();
  text.resize(item_begin_ + std::min(item_end_, kMaxKeptBytesOfItem));
  ends.push_back(text.size());
  item_bytes_ = 0;
  item_end_ = 0;
}

// The first refusal counts. What is kept of the body is no longer needed.
void BulkBody::refuse(Rejection rejection) {
  if (!rejection_) rejection_ = std::move(rejection);
  segments_.clear();
}

}  // namespace orchestrator::api
