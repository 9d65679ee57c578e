#include "runners/options/option_values.h"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <map>

#include "nmsw/base/error.h"
#include "nmsw/base/plain_text.h"

namespace nmsw::runners {
namespace {

/// A number and the unit behind it, times the unit's size.
double scaled(const std::string& text_value, const std::string& what,
              const std::map<std::string, double>& units) {
  double number = 0;
  const char* end = text_value.data() + text_value.size();
  const auto [rest, error] = std::from_chars(text_value.data(), end, number);
  const auto unit = units.find(std::string(rest, end));
  if (error != std::errc{} || unit == units.end() || !(number > 0) || !std::isfinite(number)) {
    std::string list;
    for (const auto& [name, size] : units)
      list += (list.empty() ? "" : ", ") + (name.empty() ? "nothing" : name);
    throw ConfigError("{} {}: expected a number above 0 and a unit (one of {})", what, text_value,
                      list);
  }
  return number * unit->second;
}

}  // namespace

void require_choice(const std::string& value, const std::string& what,
                    const std::vector<std::string>& choices) {
  if (std::find(choices.begin(), choices.end(), value) != choices.end()) return;
  std::string list;
  for (const std::string& choice : choices) list += (list.empty() ? "" : ", ") + choice;
  throw ConfigError("{} {}: choose one of: {}", what, value, list);
}

void require_device(const std::string& device) {
  const bool numbered = device.rfind("cuda:", 0) == 0 && device.size() > 5 &&
                        device.find_first_not_of("0123456789", 5) == std::string::npos;
  if (!numbered) require_choice(device, "--device", {"auto", "cpu", "cuda", "cuda:N"});
}

OnlyFilter parse_only(const std::vector<std::string>& filters) {
  OnlyFilter only;
  for (const std::string& filter : filters) {
    const size_t equals = filter.find('=');
    if (equals == std::string::npos)
      throw ConfigError("--only {}: expected key=value, e.g. dataset=word", filter);
    only.emplace_back(filter.substr(0, equals), filter.substr(equals + 1));
    task_column(only.back().first);  // throws for an unknown name
  }
  return only;
}

Int3 parse_extent(const std::string& value, const std::string& what) {
  Int3 extent{};
  size_t axis = 0;
  const char* at = value.data();
  const char* end = at + value.size();
  while (axis < 3) {
    const auto [rest, error] = std::from_chars(at, end, extent[axis]);
    if (error != std::errc{} || extent[axis] < 1) break;
    ++axis;
    at = rest;
    if (at == end || *at != ',') break;
    ++at;
  }
  if (at == end && axis == 1) return {extent[0], extent[0], extent[0]};
  if (at != end || axis != 3)
    throw ConfigError("{} {}: expected X,Y,Z or one number, each above 0", what, value);
  return extent;
}

int64_t parse_bytes(const std::string& value, const std::string& what) {
  const double kib = 1024;
  const double bytes = scaled(value, what,
                              {{"", 1},
                               {"B", 1},
                               {"KiB", kib},
                               {"MiB", kib * kib},
                               {"GiB", kib * kib * kib},
                               {"KB", 1e3},
                               {"MB", 1e6},
                               {"GB", 1e9}});
  if (bytes > 9e18) throw ConfigError("{} {}: more bytes than any machine has", what, value);
  return static_cast<int64_t>(bytes);
}

double parse_seconds(const std::string& value, const std::string& what) {
  return scaled(value, what, {{"", 1}, {"s", 1}, {"ms", 1e-3}, {"min", 60}});
}

double parse_budget(const std::string& value, const std::string& what) {
  return scaled(value, what, {{"s", 1}, {"min", 60}, {"h", 3600}, {"d", 86400}});
}

void require_k(const std::string& k, const std::vector<std::string>& words) {
  const bool digits = !k.empty() && k.find_first_not_of("0123456789") == std::string::npos;
  const bool is_number = digits && k.find_first_not_of('0') != std::string::npos;
  if (is_number || k == "full" || std::find(words.begin(), words.end(), k) != words.end()) return;
  std::string others;
  for (const std::string& word : words) others += " or " + word;
  throw ConfigError("--k {}: expected a number of patches above 0, or full{}", k, others);
}

ListPart parse_part(const std::string& text, const std::string& option) {
  ListPart part;
  const char* const end = text.data() + text.size();
  const auto index = std::from_chars(text.data(), end, part.index);
  const bool has_slash = index.ec == std::errc() && index.ptr != end && *index.ptr == '/';
  const auto count = has_slash ? std::from_chars(index.ptr + 1, end, part.count) : index;
  if (!has_slash || count.ec != std::errc() || count.ptr != end || part.index < 1 ||
      part.index > part.count) {
    throw ConfigError("{} {}: must be I/N with 1 <= I <= N, e.g. 2/4", option,
                      printable_word(text));
  }
  return part;
}

}  // namespace nmsw::runners
