// What the tests must know of a build with AddressSanitizer or ThreadSanitizer.
#pragma once

namespace orchestrator::support {

#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
inline constexpr bool kIsSanitized = true;  // and takes some hundreds of MiB more
inline constexpr int kSlowness = 4;         // by which what waits for the program is more patient
#else
inline constexpr bool kIsSanitized = false;
inline constexpr int kSlowness = 1;
#endif

}  // namespace orchestrator::support
