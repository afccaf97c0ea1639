#include "text/sms_segments.hpp"

#include <algorithm>
#include <vector>

#include "text/utf8.hpp"

namespace orchestrator::text {

namespace {

// Septets in a single segment, and in each of several: those begin with a header that numbers them.
constexpr std::size_t kGsmSingle = 160;
constexpr std::size_t kGsmPart = 153;

// The same in UTF-16 code units.
constexpr std::size_t kUcsSingle = 70;
constexpr std::size_t kUcsPart = 67;

// The basic character set of 3GPP TS 23.038 section 6.2.1, without the escape.
constexpr std::u32string_view kBasic =
    U"@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?"
    U"¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿abcdefghijklmnopqrstuvwxyzäöñüà";
constexpr std::u32string_view kExtension = U"\f^{}\\[~]|€";

constexpr char32_t kNotGsm = 0xFFFD;

// Takes one character, or one malformed byte, from the front of `text`, which must not be empty.
char32_t take_character(std::string_view& text) {
  if (const auto code_point = take_code_point(text)) return *code_point;
  text.remove_prefix(1);
  return kNotGsm;
}

// `widths` are the units that each character takes; no character is split between two segments.
std::size_t segments_of(const std::vector<std::size_t>& widths, std::size_t single, std::size_t part) {
  std::size_t total = 0;
  for (const std::size_t width : widths) total += width;
  if (total == 0) return 0;
  if (total <= single) return 1;
  std::size_t segments = 1;
  std::size_t used = 0;
  for (const std::size_t width : widths) {
    if (used + width > part) {
      ++segments;
      used = 0;
    }
    used += width;
  }
  return segments;
}

}  // namespace

std::size_t sms_segments(std::string_view utf8) {
  std::vector<std::size_t> gsm;
  std::vector<std::size_t> ucs;
  bool is_gsm = true;
  while (!utf8.empty()) {
    const char32_t character = take_character(utf8);
    const bool is_basic = kBasic.find(character) != std::u32string_view::npos;
    const bool is_extension = kExtension.find(character) != std::u32string_view::npos;
    is_gsm = is_gsm && (is_basic || is_extension);
    gsm.push_back(is_extension ? 2 : 1);
    ucs.push_back(character > 0xFFFF ? 2 : 1);
  }
  return is_gsm ? segments_of(gsm, kGsmSingle, kGsmPart) : segments_of(ucs, kUcsSingle, kUcsPart);
}

}  // namespace orchestrator::text
