// What the fuzzers try, each with any bytes at all: not only that nothing crashes, but what must hold of
// whatever is accepted, and of every refusal. The seeds in corpus/NAME are ordinary tests as well.
#pragma once

#include <span>
#include <stdexcept>
#include <string>
#include <string_view>

#include "orchestrator/rejection.hpp"

namespace orchestrator::fuzz {

struct Broken : std::logic_error {
  using std::logic_error::logic_error;
};

// Throws Broken.
inline void require(bool holds, const char* what) {
  if (!holds) throw Broken(what);
}

struct Target {
  std::string_view name;
  void (*check)(std::string_view input);  // throws Broken, or whatever should not have been thrown
};

std::span<const Target> targets();

// A refusal is one that the documentation knows, and can be told to anybody.
void check_refusal(const Rejection& rejection);

void check_head(std::string_view input);
void check_text(std::string_view input);
void check_bodies(std::string_view input);
void check_bulk(std::string_view input);
void check_times(std::string_view input);
void check_zones(std::string_view input);
void check_twilio(std::string_view input);
void check_whatsapp(std::string_view input);

}  // namespace orchestrator::fuzz
