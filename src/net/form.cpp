#include "net/form.hpp"

namespace orchestrator::net {

std::string percent_encoded(std::string_view text) {
  constexpr std::string_view kept = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~";
  constexpr std::string_view digits = "0123456789ABCDEF";
  std::string encoded;
  for (const char character : text) {
    if (kept.find(character) != std::string_view::npos) {
      encoded += character;
      continue;
    }
    const auto code = static_cast<unsigned char>(character);
    encoded += '%';
    encoded += digits[code >> 4];
    encoded += digits[code & 15];
  }
  return encoded;
}

std::string form_encoded(const FormFields& fields) {
  std::string encoded;
  for (const auto& [name, value] : fields) {
    if (!encoded.empty()) encoded += '&';
    encoded += percent_encoded(name) + "=" + percent_encoded(value);
  }
  return encoded;
}

}  // namespace orchestrator::net
