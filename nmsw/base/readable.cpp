#include "nmsw/base/readable.h"

#include <cmath>

#include <fmt/format.h>

namespace nmsw {
namespace {

constexpr const char* kUnknownText = "unknown";

}  // namespace

std::string readable_seconds(double seconds) {
  if (!std::isfinite(seconds)) return kUnknownText;
  if (seconds < 1) return fmt::format("{:.2g} s", seconds);
  if (seconds < 120) return fmt::format("{:.0f} s", seconds);
  if (seconds < 7200) return fmt::format("{:.0f} min", seconds / 60);
  if (seconds < 172800) return fmt::format("{:.1f} h", seconds / 3600);
  return fmt::format("{:.1f} d", seconds / 86400);
}

std::string readable_bytes(double bytes) {
  if (!std::isfinite(bytes)) return kUnknownText;
  if (bytes < 1 << 20) return fmt::format("{:.0f} KiB", bytes / 1024);
  if (bytes < 1 << 30) return fmt::format("{:.0f} MiB", bytes / (1 << 20));
  return fmt::format("{:.1f} GiB", bytes / (1 << 30));
}

}  // namespace nmsw
