#include <regex>

#include <gtest/gtest.h>

#include "tests/lint/source_tree.h"

namespace nmsw {
namespace {

using testing::SourceFile;

constexpr size_t kMostLinesOfAFile = 400;
constexpr size_t kMostLinesOfAFunction = 60;

struct Block {
  size_t first = 0, lines = 0;
};

size_t indent_of(const std::string& line) { return line.find_first_not_of(' '); }

/// The functions of formatted code: a body ends with the first brace that stands where its head
/// begins. Raw strings count as what they are, lines.
std::vector<Block> functions_of(const SourceFile& file) {
  static const std::regex no_function(
      R"re(^\s*(inline )?(namespace|class|struct|enum|union|extern|template|#|//|\}).*)re");
  static const std::regex head(R"re(^\s*[A-Za-z_~:<>*&,\[\]() 0-9]+\(.*)re");
  std::vector<Block> functions;
  for (size_t i = 0; i < file.lines.size(); ++i) {
    const std::string& line = file.lines[i];
    if (line.empty() || line.back() != '{') continue;
    size_t first = i;
    const auto is_head = [&](size_t at) {
      return indent_of(file.lines[at]) <= 2 && std::regex_match(file.lines[at], head) &&
             !std::regex_match(file.lines[at], no_function);
    };
    while (first > 0 && !is_head(first) && i - first < 12 && !file.lines[first].empty()) --first;
    if (!is_head(first)) continue;
    const size_t indent = indent_of(file.lines[first]);
    for (size_t end = i + 1; end < file.lines.size(); ++end) {
      if (indent_of(file.lines[end]) != indent || file.lines[end][indent] != '}') continue;
      functions.push_back({first, end - first + 1});
      i = end;
      break;
    }
  }
  return functions;
}

TEST(Size, NoSourceFileIsLongerThanAReaderCanHold) {
  std::vector<SourceFile> files = testing::project_sources();
  for (SourceFile& file : testing::files_below("tests", {".cpp", ".h"}))
    files.push_back(std::move(file));
  for (const SourceFile& file : files) EXPECT_LE(file.lines.size(), kMostLinesOfAFile) << file.path;
}

TEST(Size, NoFunctionIsLongerThanAPage) {
  size_t count = 0;
  for (const SourceFile& file : testing::project_sources()) {
    for (const Block& function : functions_of(file)) {
      ++count;
      EXPECT_LE(function.lines, kMostLinesOfAFunction)
          << file.at(function.first) << ": " << file.lines[function.first];
    }
  }
  EXPECT_GT(count, 1500u) << "the heads of functions are no longer recognised";
}

TEST(Size, ALongFunctionIsFound) {
  SourceFile file{"long.cpp", {"int f(int a,", "      int b) {"}};
  for (int i = 0; i < 70; ++i) file.lines.push_back("  a += b;");
  file.lines.push_back("}");
  ASSERT_EQ(functions_of(file).size(), 1u);
  EXPECT_EQ(functions_of(file)[0].lines, 73u);
}

}  // namespace
}  // namespace nmsw
