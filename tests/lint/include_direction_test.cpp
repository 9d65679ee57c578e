#include <functional>
#include <optional>
#include <regex>

#include <gtest/gtest.h>

#include "tests/lint/source_tree.h"

namespace nmsw {
namespace {

using testing::SourceFile;

using Layers = std::map<std::string, std::vector<std::string>>;

/// Everything that a folder may include, itself among it.
std::set<std::string> allowed(const Layers& table, const std::string& folder) {
  std::set<std::string> seen;
  const std::function<void(const std::string&)> visit = [&](const std::string& name) {
    if (!seen.insert(name).second) return;
    const auto found = table.find(name);
    if (found == table.end()) return;
    for (const std::string& below : found->second) visit(below);
  };
  visit(folder);
  return seen;
}

/// What a header's place stands for in the table; nothing for other libraries.
std::optional<std::string> layer_of(const std::string& line) {
  static const std::regex own(R"re(#include "(.+)/[^/]+")re");
  static const std::regex torch(R"re(#include <(torch|ATen|c10)/.*)re");
  static const std::regex itk(R"re(#include <(itk|gdcm)[A-Za-z]*\.h>)re");
  std::smatch match;
  if (std::regex_match(line, match, own)) return match[1].str();
  if (std::regex_match(line, torch)) return "LibTorch";
  if (std::regex_match(line, itk)) return "ITK";
  return std::nullopt;
}

/// Each include that the table forbids, "file:line: what".
std::vector<std::string> violations(const Layers& table, const std::vector<SourceFile>& files) {
  std::vector<std::string> found;
  std::map<std::string, std::set<std::string>> reach;
  for (const SourceFile& file : files) {
    const std::string folder = file.folder();
    if (table.count(folder) == 0) continue;
    if (reach.count(folder) == 0) reach[folder] = allowed(table, folder);
    for (size_t i = 0; i < file.lines.size(); ++i) {
      const auto layer = layer_of(file.lines[i]);
      if (layer && reach[folder].count(*layer) == 0)
        found.push_back(file.at(i) + ": " + folder + " may not include " + *layer);
    }
  }
  return found;
}

TEST(Layers, EveryFolderOfSourcesHasALine) {
  const Layers table = testing::layer_table();
  for (const SourceFile& file : testing::project_sources()) {
    if (file.path == "runners/main.cpp" || file.path == "runners/tensor_main.cpp") continue;
    EXPECT_EQ(table.count(file.folder()), 1u) << file.path;
  }
  for (const auto& [folder, below] : table) {
    EXPECT_TRUE(std::filesystem::exists(testing::source_folder() / folder / "CMakeLists.txt"))
        << folder;
    for (const std::string& name : below) {
      EXPECT_TRUE(name == "LibTorch" || name == "ITK" || table.count(name) == 1)
          << folder << " names " << name;
    }
  }
}

TEST(Layers, HaveNoCircle) {
  const Layers table = testing::layer_table();
  for (const auto& [folder, below] : table) {
    for (const std::string& name : below)
      EXPECT_EQ(allowed(table, name).count(folder), 0u) << folder << " and " << name;
  }
}

TEST(Layers, NoFileIncludesWhatItsFolderMayNot) {
  const std::vector<SourceFile> files = testing::project_sources();
  EXPECT_GT(files.size(), 500u);
  for (const std::string& violation : violations(testing::layer_table(), files))
    ADD_FAILURE() << violation;
}

TEST(Layers, AForbiddenIncludeIsFound) {
  const SourceFile wrong{"nmsw/base/wrong.cpp",
                         {"#include <vector>", "#include \"results/store.h\"",
                          "#include <torch/torch.h>", "#include \"nmsw/base/error.h\""}};
  const std::vector<std::string> expected{
      "nmsw/base/wrong.cpp:2: nmsw/base may not include results",
      "nmsw/base/wrong.cpp:3: nmsw/base may not include LibTorch"};
  EXPECT_EQ(violations(testing::layer_table(), {wrong}), expected);
}

}  // namespace
}  // namespace nmsw
