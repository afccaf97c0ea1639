#include "text/json.hpp"

#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "text/utf8.hpp"

namespace orchestrator::text {

namespace {

using nlohmann::json;

constexpr std::size_t kQuotedCharacters = 40;

Rejection refused(std::string code, std::string message) {
  return {.status = 400, .code = std::move(code), .message = std::move(message)};
}

// Builds the value while parsing and stops at the first violation, so that a hostile document costs no more
// than the part that was read.
class StrictReader final : public nlohmann::json_sax<json> {
 public:
  std::variant<json, Rejection> result() && {
    if (rejection_) return *std::move(rejection_);
    return std::move(root_);
  }

  bool null() override { return add(nullptr); }
  bool boolean(bool value) override { return add(value); }
  bool number_integer(number_integer_t value) override { return add(value); }
  bool number_unsigned(number_unsigned_t value) override { return add(value); }
  bool binary(binary_t&) override { return false; }  // not in JSON text

  bool number_float(number_float_t value, const string_t& text) override {
    if (text.find_first_of(".eE") != string_t::npos) return add(value);
    return refuse("number_out_of_range", "An integer has more than 64 bits; send it as a text.");
  }

  bool string(string_t& value) override { return check_text(value) && add(std::move(value)); }

  bool start_object(std::size_t) override { return open(json::object()); }
  bool start_array(std::size_t) override { return open(json::array()); }
  bool end_object() override { return close(); }
  bool end_array() override { return close(); }

  bool key(string_t& name) override {
    if (!check_text(name)) return false;
    const auto [position, is_new] = open_.back()->get_ref<json::object_t&>().try_emplace(std::move(name));
    if (!is_new) {
      return refuse("duplicate_key", "The key \"" + shorten(position->first, kQuotedCharacters) +
                                         "\" appears twice in one object.");
    }
    slot_ = &position->second;
    return true;
  }

  bool parse_error(std::size_t position, const std::string&,
                   const nlohmann::detail::exception& error) override {
    constexpr int kNumberOverflow = 406;
    if (error.id == kNumberOverflow) {
      return refuse("number_out_of_range", "A number is too large for a double; send it as a text.");
    }
    return refuse("invalid_json",
                  "This is not valid JSON in UTF-8 (near byte " + std::to_string(position) + ").");
  }

 private:
  bool refuse(std::string code, std::string message) {
    rejection_ = refused(std::move(code), std::move(message));
    return false;
  }

  bool check_text(const string_t& text) {
    if (text.find('\0') == string_t::npos) return true;
    return refuse("invalid_text", "A text holds the character U+0000, which cannot be stored.");
  }

  // Stores the value where it belongs: in the member just named, at the end of the open array, or as the
  // root.
  json& place(json value) {
    if (open_.empty()) return root_ = std::move(value);
    if (open_.back()->is_array()) return open_.back()->emplace_back(std::move(value));
    return *slot_ = std::move(value);
  }

  bool add(json value) {
    place(std::move(value));
    return true;
  }

  bool open(json container) {
    if (open_.size() == kMaxJsonDepth) {
      return refuse("too_deep",
                    "The JSON is nested more than " + std::to_string(kMaxJsonDepth) + " levels deep.");
    }
    json& placed = place(std::move(container));
    open_.push_back(&placed);
    return true;
  }

  bool close() {
    open_.pop_back();
    return true;
  }

  json root_;
  std::vector<json*> open_;  // stable: a container grows only once its open child is closed
  json* slot_ = nullptr;
  std::optional<Rejection> rejection_;
};

}  // namespace

std::variant<json, Rejection> parse_object(std::string_view text) {
  // The library takes a NUL byte for the end of the input and ignores what follows.
  if (text.find('\0') != std::string_view::npos) {
    return refused("invalid_json", "JSON holds no NUL bytes.");
  }
  StrictReader reader;
  json::sax_parse(text, &reader);
  auto result = std::move(reader).result();
  if (const json* value = std::get_if<json>(&result); value != nullptr && !value->is_object()) {
    return refused("invalid_json", "This must be one JSON object: {…}");
  }
  return result;
}

}  // namespace orchestrator::text
