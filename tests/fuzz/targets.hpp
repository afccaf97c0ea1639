// The fuzz targets. Each takes arbitrary bytes and checks not only that nothing crashes but also the
// properties of every accepted input and of every refusal. The seeds in corpus/NAME are ordinary tests as
// well.
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
  void (*check)(std::string_view input);  // throws Broken, or lets an unexpected exception pass
};

std::span<const Target> targets();

// Checks that the refusal has a documented code and reveals nothing internal.
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
