#pragma once

#include <string>

namespace nmsw {

/// "3.2 h", "12 s"; "unknown" for what is not finite.
std::string readable_seconds(double seconds);

/// "1.5 GiB"; "unknown" for what is not finite.
std::string readable_bytes(double bytes);

}  // namespace nmsw
