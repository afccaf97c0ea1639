#include "inbound/contact_identity.hpp"

#include <algorithm>
#include <cmath>
#include <utility>

#include "text/ascii.hpp"
#include "text/digest.hpp"
#include "text/identifier.hpp"

namespace orchestrator::inbound {

namespace {

using nlohmann::json;

constexpr std::size_t kFewestBareDigits = 10;  // fewer, and without a country it may be anything

std::string_view without_channel(std::string_view text) {
  for (const std::string_view channel : {"whatsapp:", "sms:"}) {
    if (text::equal_ignoring_case(text.substr(0, channel.size()), channel))
      return text.substr(channel.size());
  }
  return text;
}

bool is_digit(char c) { return c >= '0' && c <= '9'; }

std::optional<std::string> phone_number(std::string_view text) {
  constexpr std::string_view kSeparators = " .-()";
  const bool is_international = text.starts_with('+');
  if (is_international) text.remove_prefix(1);
  std::string number = "+";
  for (const char c : text) {
    if (is_digit(c)) {
      number.push_back(c);
    } else if (!is_international || kSeparators.find(c) == std::string_view::npos) {
      return std::nullopt;
    }
  }
  if (!text::is_e164(number) || (!is_international && text.size() < kFewestBareDigits)) return std::nullopt;
  return number;
}

json without_timestamps(json value) {
  if (value.is_object()) value.erase("timestamp");
  if (value.is_structured()) {
    for (json& item : value) item = without_timestamps(std::move(item));
  }
  return value;
}

}  // namespace

std::variant<Contact, Rejection> read_contact(std::string_view name, std::string_view text) {
  const std::string_view id = without_channel(text);
  if (auto rejection = text::check_id(name, id)) return *std::move(rejection);
  if (auto number = phone_number(id)) return Contact{*number, number};
  return Contact{std::string(id), std::nullopt};
}

std::string content_hash(std::string_view type, std::string_view text, const json& metadata) {
  std::string content = std::string(type).append("\n").append(text);
  if (type != "text") content.append("\n").append(without_timestamps(metadata).dump());
  return text::sha256_hex(content);
}

std::optional<Instant> instant_since_1970(double number) {
  // As milliseconds, a smaller number would be of before 1974; as seconds, a greater one of after 5138.
  constexpr double kFirstMilliseconds = 1e11;
  constexpr double kLastMilliseconds = 253'402'300'799'999;  // the end of the year 9999
  const double milliseconds = number < kFirstMilliseconds ? number * 1000 : number;
  if (!(milliseconds >= 0 && milliseconds <= kLastMilliseconds)) return std::nullopt;
  return Instant{Duration{std::llround(milliseconds * 1000)}};
}

void keep_text(json& metadata, const char* name, std::string_view text) {
  if (!text.empty()) metadata[name] = text;
}

}  // namespace orchestrator::inbound
