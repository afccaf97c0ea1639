// The libFuzzer entry point of all targets: orchestrator-fuzz TARGET [libFuzzer's arguments]. Not part of the
// tests.

#include <algorithm>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <exception>

#include "fuzz/targets.hpp"

namespace {

const orchestrator::fuzz::Target* target = nullptr;

}  // namespace

extern "C" int LLVMFuzzerInitialize(int* count, char*** arguments) {
  const std::string_view name = *count > 1 ? (*arguments)[1] : "";
  const auto targets = orchestrator::fuzz::targets();
  const auto found = std::ranges::find(targets, name, &orchestrator::fuzz::Target::name);
  if (found == targets.end()) {
    std::fputs("usage: orchestrator-fuzz TARGET [libFuzzer's arguments]; TARGET is one of\n", stderr);
    for (const auto& known : targets) std::fprintf(stderr, "  %s\n", known.name.data());
    std::exit(2);
  }
  target = &*found;
  std::rotate(*arguments + 1, *arguments + 2, *arguments + *count);  // libFuzzer must not see the name
  --*count;
  return 0;
}

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* bytes, std::size_t size) {
  try {
    target->check({reinterpret_cast<const char*>(bytes), size});
  } catch (const std::exception& broken) {
    std::fprintf(stderr, "%s: does not hold: %s\n", target->name.data(), broken.what());
    std::abort();
  }
  return 0;
}
