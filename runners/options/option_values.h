#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "nmsw/base/volume.h"
#include "runners/planning/plan/plan.h"

namespace nmsw::runners {

constexpr const char* kDefaultDatabase = "results/db/nmsw.sqlite";
constexpr const char* kDefaultCache = "results/cache";

/// "480,480,480" as three positive numbers, "64" as three times 64. `what` is the option's name.
Int3 parse_extent(const std::string& text, const std::string& what);
/// "4GiB", "500MB", "1024" in bytes.
int64_t parse_bytes(const std::string& text, const std::string& what);
/// "5s", "500ms", "2min", "5" in seconds.
double parse_seconds(const std::string& text, const std::string& what);

/// "30min", "4h", "2d", "90s" in seconds; a number without a unit could be any of these and is
/// refused.
double parse_budget(const std::string& text, const std::string& what);

/// `key=value` words of --only. Throws ConfigError for a word without '=' and an unknown key.
OnlyFilter parse_only(const std::vector<std::string>& filters);

/// auto, cpu, cuda or cuda:N; ConfigError otherwise.
void require_device(const std::string& device);

/// A name that is one of several. Throws ConfigError listing them.
void require_choice(const std::string& value, const std::string& what,
                    const std::vector<std::string>& choices);

/// A number of patches above 0, "full", or one of the other words that an option takes; ConfigError
/// otherwise.
void require_k(const std::string& k, const std::vector<std::string>& words = {});

/// One of several processes that share a list: `index` counts from 1.
struct ListPart {
  int64_t index = 1;
  int64_t count = 1;
};

/// "2/4", given as `option`. Throws ConfigError for anything else.
ListPart parse_part(const std::string& text, const std::string& option);

}  // namespace nmsw::runners
