#pragma once

namespace nmsw::testing {

/// Whether this is a build with AddressSanitizer, whose shadow memory counts as resident and which
/// is compiled with fewer optimisations.
#if defined(__SANITIZE_ADDRESS__)
inline constexpr bool kIsSanitized = true;
#else
inline constexpr bool kIsSanitized = false;
#endif

}  // namespace nmsw::testing
