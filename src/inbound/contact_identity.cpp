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

constexpr std::size_t kMinBareDigits = 10;  // fewer digits without "+" may be a short code or any other id

std::string_view without_channel(std::string_view text) {
  for (const std::string_view channel : {"whatsapp:", "sms:"}) {
    if (text::equal_ignoring_case(text.substr(0, channel.size()), channel))
      return text.substr(channel.size());
  }
  return text;
}

std::optional<std::string> phone_number(std::string_view text) {
  constexpr std::string_view kSeparators = " .-()";
  const bool is_international = text.starts_with('+');
  if (is_international) text.remove_prefix(1);
  std::string number = "+";
  for (const char c : text) {
    if (text::is_digit(c)) {
      number.push_back(c);
    } else if (!is_international || kSeparators.find(c) == std::string_view::npos) {
      return std::nullopt;
    }
  }
  if (!text::is_e164(number) || (!is_international && text.size() < kMinBareDigits)) return std::nullopt;
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

std::variant<ContactIdentity, Rejection> parse_contact_identity(std::string_view name,
                                                                std::string_view text) {
  const std::string_view id = without_channel(text);
  if (auto rejection = text::check_id(name, id)) return *std::move(rejection);
  if (auto number = phone_number(id)) return ContactIdentity{*number, number};
  return ContactIdentity{std::string(id), std::nullopt};
}

std::string content_hash(std::string_view type, std::string_view text, const json& metadata) {
  std::string content = std::string(type).append("\n").append(text);
  if (type != "text") content.append("\n").append(without_timestamps(metadata).dump());
  return text::sha256_hex(content);
}

std::optional<Instant> instant_since_1970(double number) {
  // Read as milliseconds, a smaller number would lie before 1974; read as seconds, a greater one after 5138.
  constexpr double kMinMilliseconds = 1e11;
  constexpr double kMaxMilliseconds = 253'402'300'799'999;  // the end of the year 9999
  const double milliseconds = number < kMinMilliseconds ? number * 1000 : number;
  if (!(milliseconds >= 0 && milliseconds <= kMaxMilliseconds)) return std::nullopt;
  return Instant{Duration{std::llround(milliseconds * 1000)}};
}

void add_unless_empty(json& metadata, const char* name, std::string_view text) {
  if (!text.empty()) metadata[name] = text;
}

}  // namespace orchestrator::inbound
