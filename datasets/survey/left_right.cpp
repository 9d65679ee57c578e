#include "datasets/survey/left_right.h"

#include <algorithm>
#include <optional>
#include <set>

#include "datasets/layouts/layouts.h"
#include "nmsw/base/plain_text.h"

namespace nmsw::datasets {
namespace {

bool is_letter(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'); }

/// The name in lower case with its word or letter for a side cut out; nothing where it has none.
std::optional<std::string> without_side(const std::string& name, const std::string& word) {
  std::string text = lower_case(name);
  if (const size_t at = text.find(word); at != std::string::npos)
    return text.replace(at, word.size(), "<side>");
  for (size_t i = 0; i < text.size(); ++i) {
    const bool alone =
        (i == 0 || !is_letter(text[i - 1])) && (i + 1 == text.size() || !is_letter(text[i + 1]));
    if (alone && text[i] == word[0] && text.size() > 1) return text.replace(i, 1, "<side>");
  }
  return std::nullopt;
}

}  // namespace

std::vector<std::array<std::string, 2>> left_right_pairs(const std::vector<std::string>& classes) {
  std::vector<std::array<std::string, 2>> pairs;
  std::set<std::string> taken;
  for (const std::string& left : classes) {
    const auto rest = without_side(left, "left");
    if (!rest) continue;
    const auto right = std::find_if(classes.begin(), classes.end(), [&](const std::string& name) {
      return name != left && taken.count(name) == 0 && without_side(name, "right") == rest;
    });
    if (right == classes.end()) continue;
    taken.insert(*right);
    pairs.push_back({left, *right});
  }
  return pairs;
}

}  // namespace nmsw::datasets
