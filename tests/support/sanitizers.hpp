// What differs where the library is built with AddressSanitizer or ThreadSanitizer. The tests themselves need
// not be: the sanitizer is found by a function of its runtime library.
#pragma once

extern "C" void __asan_init() __attribute__((weak));
extern "C" void __tsan_init() __attribute__((weak));

namespace orchestrator::support {

inline const bool kIsSanitized =
    __asan_init != nullptr || __tsan_init != nullptr;  // needs hundreds of MiB more
inline const int kSlowness = kIsSanitized ? 4 : 1;     // factor for time limits

}  // namespace orchestrator::support
