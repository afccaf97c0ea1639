// What differs in a build with AddressSanitizer or ThreadSanitizer.
#pragma once

namespace orchestrator::support {

#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
inline constexpr bool kIsSanitized = true;  // needs some hundreds of MiB more
inline constexpr int kSlowness = 4;         // factor for time limits
#else
inline constexpr bool kIsSanitized = false;
inline constexpr int kSlowness = 1;
#endif

}  // namespace orchestrator::support
