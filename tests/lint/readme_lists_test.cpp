#include <regex>

#include <gtest/gtest.h>

#include "tests/lint/source_tree.h"

namespace nmsw {
namespace {

using Names = std::set<std::string>;

/// The code spans in the first column of each table whose head is "| file | holds |".
Names listed_files(const std::vector<std::string>& readme) {
  static const std::regex head(R"re(\| *file *\| *holds *\|)re"), span("`([^`]+)`");
  Names names;
  bool in_table = false;
  for (const std::string& line : readme) {
    if (std::regex_match(line, head)) in_table = true;
    if (line.empty() || line[0] != '|') in_table = false;
    if (!in_table) continue;
    const std::string first = line.substr(0, line.find('|', 1));
    for (std::sregex_iterator at(first.begin(), first.end(), span), end; at != end; ++at)
      names.insert((*at)[1]);
  }
  return names;
}

/// Each name that one side lacks, in words.
std::vector<std::string> differences(const Names& listed, const Names& stems) {
  std::vector<std::string> found;
  for (const std::string& stem : stems) {
    if (listed.count(stem) == 0) found.push_back("does not list " + stem);
  }
  for (const std::string& name : listed) {
    if (stems.count(name) == 0) found.push_back("lists " + name + ", which is no file");
  }
  return found;
}

TEST(ReadmeLists, NameTheFilesOfEachFolder) {
  std::map<std::string, Names> stems;
  for (const testing::SourceFile& file : testing::project_sources())
    stems[file.folder()].insert(file.stem());
  for (const auto& [folder, below] : testing::layer_table()) {
    const std::filesystem::path readme = testing::source_folder() / folder / "README.md";
    ASSERT_TRUE(std::filesystem::exists(readme)) << folder << " has no README.md";
    for (const std::string& difference :
         differences(listed_files(testing::lines_of(readme)), stems[folder]))
      ADD_FAILURE() << folder << "/README.md " << difference;
  }
}

TEST(ReadmeLists, AMissingAndASurplusNameAreFound) {
  const std::vector<std::string> readme{"# folder",
                                        "`prose` and tables of other kinds do not count.",
                                        "",
                                        "| folder | holds |",
                                        "|---|---|",
                                        "| `below` | More. |",
                                        "",
                                        "| file | holds |",
                                        "|---|---|",
                                        "| `one`, `two` | Like `three`. |",
                                        "| `gone` | It was renamed. |"};
  EXPECT_EQ(listed_files(readme), (Names{"one", "two", "gone"}));
  const std::vector<std::string> expected{"does not list added", "lists gone, which is no file"};
  EXPECT_EQ(differences(listed_files(readme), {"one", "two", "added"}), expected);
  EXPECT_TRUE(differences(listed_files(readme), {"one", "two", "gone"}).empty());
}

}  // namespace
}  // namespace nmsw
