#include "runners/planning/setup/yaml_words.h"

#include <algorithm>
#include <sstream>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

namespace nmsw::runners {
namespace {

constexpr size_t kColumns = 100;

std::string wrapped_line(const std::string& line, const std::string& margin) {
  const size_t own = line.find_first_not_of(' ');
  const std::string blanks(own == std::string::npos ? 0 : own, ' ');
  std::istringstream words(line);
  std::string text = margin + blanks, word;
  bool empty = true;
  while (words >> word) {
    const size_t begin = text.rfind('\n') == std::string::npos ? 0 : text.rfind('\n') + 1;
    if (!empty && text.size() - begin + 1 + word.size() > kColumns) {
      text += "\n" + margin + blanks;
      empty = true;
    }
    text += (empty ? "" : " ") + word;
    empty = false;
  }
  return text + "\n";
}

}  // namespace

std::string yaml_comment(const std::string& text, size_t indent) {
  const std::string margin = std::string(indent, ' ') + "# ";
  std::istringstream lines(text);
  std::string comment, line;
  while (std::getline(lines, line)) {
    const bool is_table = line.find("  ", line.find_first_not_of(' ')) != std::string::npos;
    comment += is_table ? margin + line + "\n" : wrapped_line(line, margin);
  }
  return comment;
}

std::string yaml_word(const std::string& word) {
  const auto letter = [](char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'); };
  const bool plain =
      !word.empty() && letter(word[0]) && std::all_of(word.begin(), word.end(), [&](char c) {
        return letter(c) || (c >= '0' && c <= '9') || c == '_' || c == '-' || c == '.';
      });
  // What YAML 1.1 takes for a truth value or for nothing.
  constexpr std::array<const char*, 9> kMeant{"y",   "n",    "yes",   "no",  "on",
                                              "off", "true", "false", "null"};
  std::string lower = word;
  std::transform(lower.begin(), lower.end(), lower.begin(),
                 [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c; });
  const bool meant = std::find(kMeant.begin(), kMeant.end(), lower) != kMeant.end();
  return plain && !meant ? word : nlohmann::json(word).dump();
}

std::string yaml_list(const std::vector<std::string>& words, size_t indent) {
  std::string text = "[";
  size_t column = indent;
  for (size_t i = 0; i < words.size(); ++i) {
    const std::string word = yaml_word(words[i]) + (i + 1 < words.size() ? "," : "]");
    if (i > 0 && column + 1 + word.size() > kColumns) {
      text += "\n" + std::string(indent, ' ');
      column = indent;
    } else if (i > 0) {
      text += " ";
      ++column;
    }
    text += word;
    column += word.size();
  }
  return words.empty() ? "[]" : text;
}

std::string yaml_extent(const Int3& extent) {
  return fmt::format("[{}, {}, {}]", extent[0], extent[1], extent[2]);
}

std::string short_number(double value) { return fmt::format("{:.4g}", value); }

std::string yaml_spacing(const Real3& spacing) {
  return fmt::format("[{}, {}, {}]", short_number(spacing[0]), short_number(spacing[1]),
                     short_number(spacing[2]));
}

std::string spacing_words(const Real3& spacing) {
  return fmt::format("{:.3g} x {:.3g} x {:.3g}", spacing[0], spacing[1], spacing[2]);
}

}  // namespace nmsw::runners
