#include "results/records.h"

#include <algorithm>
#include <cmath>
#include <ctime>

#include <fmt/format.h>

namespace nmsw::results {

std::vector<std::string> listed_k(const std::string& k) {
  std::vector<std::string> values(1);
  for (const char c : k) {
    if (c == ',') {
      values.emplace_back();
    } else if (c != ' ') {
      values.back() += c;
    }
  }
  return values;
}

std::string iso_time(double seconds) {
  const auto whole = static_cast<std::time_t>(std::floor(seconds));
  const int milliseconds =
      std::min(999, static_cast<int>((seconds - static_cast<double>(whole)) * 1000));
  std::tm utc{};
  gmtime_r(&whole, &utc);
  return fmt::format("{:04d}-{:02d}-{:02d}T{:02d}:{:02d}:{:02d}.{:03d}Z", utc.tm_year + 1900,
                     utc.tm_mon + 1, utc.tm_mday, utc.tm_hour, utc.tm_min, utc.tm_sec,
                     milliseconds);
}

}  // namespace nmsw::results
