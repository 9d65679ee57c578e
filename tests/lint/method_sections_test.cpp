#include <algorithm>
#include <regex>

#include <gtest/gtest.h>

#include "tests/lint/source_tree.h"

namespace nmsw {
namespace {

using testing::SourceFile;

/// The numbers of a document's headings, "2" of "## 2 Title".
std::vector<std::string> numbered_headings(const std::vector<std::string>& lines) {
  static const std::regex heading(R"re(#+ (\d+(\.\d+)*) .*)re");
  std::vector<std::string> numbers;
  std::smatch match;
  for (const std::string& line : lines) {
    if (std::regex_match(line, match, heading)) numbers.push_back(match[1].str());
  }
  return numbers;
}

/// A file as one line, comment marks left out, so that a citation may be broken across two lines.
struct Prose {
  std::string text;
  std::vector<size_t> line_begins;

  explicit Prose(const SourceFile& file) {
    for (const std::string& line : file.lines) {
      line_begins.push_back(text.size());
      const size_t first = line.find_first_not_of(" \t/#*");
      if (first != std::string::npos) text += line.substr(first) + ' ';
    }
  }
  /// Counted from 0.
  size_t line_of(size_t place) const {
    const auto after = std::upper_bound(line_begins.begin(), line_begins.end(), place);
    return static_cast<size_t>(after - line_begins.begin()) - 1;
  }
};

bool continues_a_word(char c) { return std::isalnum(static_cast<unsigned char>(c)) || c == '_'; }

/// Calls found(place, match) wherever the word begins something that the pattern matches.
template <class Found>
void for_each_match(const Prose& prose, const std::string& word, const std::regex& pattern,
                    Found found) {
  const std::string& text = prose.text;
  for (size_t at = text.find(word); at != std::string::npos; at = text.find(word, at + 1)) {
    if (at > 0 && continues_a_word(text[at - 1])) continue;
    std::smatch match;
    if (std::regex_search(text.begin() + static_cast<std::ptrdiff_t>(at), text.end(), match,
                          pattern, std::regex_constants::match_continuous))
      found(at, match);
  }
}

/// Citations of sections that do not exist, and citations in another form, "file:line: what".
std::vector<std::string> faults(const std::vector<std::string>& sections,
                                const std::vector<SourceFile>& files) {
  static const std::regex citation(R"re(METHOD(\.md)? (\d+(\.\d+)*)((-|, | and )\d+\.\d)?)re");
  static const std::regex old_form(
      R"re(([Ss]pec(/method\.md)?|[Mm]ethod(\.md)?)( section)? \d+(\.\d+)*)re");
  std::vector<std::string> found;
  for (const SourceFile& file : files) {
    const Prose prose(file);
    for_each_match(prose, "METHOD", citation, [&](size_t place, const std::smatch& match) {
      const std::string where = file.at(prose.line_of(place)) + ": ";
      if (std::find(sections.begin(), sections.end(), match[2].str()) == sections.end())
        found.push_back(where + "METHOD.md has no section " + match[2].str());
      if (match[4].matched) found.push_back(where + "name each section with a METHOD of its own");
    });
    for (const char* word : {"spec", "Spec", "method", "Method"}) {
      for_each_match(prose, word, old_form, [&](size_t place, const std::smatch& match) {
        found.push_back(file.at(prose.line_of(place)) + ": write METHOD for '" + match.str() + "'");
      });
    }
  }
  return found;
}

std::vector<SourceFile> citing_files() {
  std::vector<SourceFile> all{
      {"README.md", testing::lines_of(testing::source_folder() / "README.md")}};
  for (const char* folder :
       {"nmsw", "datasets", "results", "reporting", "runners", "experiments", "tests"}) {
    for (SourceFile& file : testing::files_below(folder, {".h", ".cpp", ".md", ".yaml", ".sql"}))
      all.push_back(std::move(file));
  }
  return all;
}

std::vector<std::string> method_sections() {
  return numbered_headings(testing::lines_of(testing::source_folder() / "nmsw/METHOD.md"));
}

TEST(MethodSections, HaveANumberEach) {
  const std::vector<std::string> sections = method_sections();
  EXPECT_GT(sections.size(), 25u);
  EXPECT_EQ(std::set<std::string>(sections.begin(), sections.end()).size(), sections.size());
}

TEST(MethodSections, AreThereWhereverTheyAreCited) {
  const std::vector<SourceFile> files = citing_files();
  EXPECT_GT(files.size(), 700u);
  for (const std::string& fault : faults(method_sections(), files)) ADD_FAILURE() << fault;
}

TEST(MethodSections, AWrongCitationIsFound) {
  // Not written out, because this file is checked too.
  const std::string cited = "METHOD", spec = "spec", document = "method.md";
  const SourceFile wrong{
      "wrong.h",
      {"/// As " + cited + " 2.9 says (" + cited + " 9.9).", "/// Broken off: " + cited,
       "/// 9.8, and " + spec, "/// 2.9.", "int spec1 = 2;", "/// " + cited + " 2.8, 2.9",
       "/// " + document + " 2"}};
  const std::vector<std::string> expected{"wrong.h:1: METHOD.md has no section 9.9",
                                          "wrong.h:2: METHOD.md has no section 9.8",
                                          "wrong.h:6: name each section with a METHOD of its own",
                                          "wrong.h:3: write METHOD for '" + spec + " 2.9'",
                                          "wrong.h:7: write METHOD for '" + document + " 2'"};
  EXPECT_EQ(faults({"2", "2.8", "2.9"}, {wrong}), expected);
}

}  // namespace
}  // namespace nmsw
