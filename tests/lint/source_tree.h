#pragma once

#include <filesystem>
#include <fstream>
#include <map>
#include <set>
#include <sstream>
#include <string>
#include <vector>

#include "tests/support/build_paths.h"

namespace nmsw::testing {

/// A text file of the project. path: relative to its top, with '/'.
struct SourceFile {
  std::string path;
  std::vector<std::string> lines;

  std::string folder() const { return std::filesystem::path(path).parent_path().generic_string(); }
  std::string stem() const { return std::filesystem::path(path).stem().string(); }
  std::string at(size_t line) const { return path + ":" + std::to_string(line + 1); }
};

inline std::vector<std::string> lines_of(const std::filesystem::path& file) {
  std::ifstream in(file);
  std::vector<std::string> lines;
  for (std::string line; std::getline(in, line);) lines.push_back(line);
  return lines;
}

/// Every file below `folder` with one of the endings, sorted by path.
inline std::vector<SourceFile> files_below(const std::string& folder,
                                           const std::set<std::string>& endings) {
  std::map<std::string, SourceFile> found;
  for (const auto& entry :
       std::filesystem::recursive_directory_iterator(source_folder() / folder)) {
    if (!entry.is_regular_file() || endings.count(entry.path().extension().string()) == 0) continue;
    const std::string path =
        std::filesystem::relative(entry.path(), source_folder()).generic_string();
    found[path] = {path, lines_of(entry.path())};
  }
  std::vector<SourceFile> files;
  for (auto& [path, file] : found) files.push_back(std::move(file));
  return files;
}

/// The C++ sources of the folders that the table of layers speaks of.
inline std::vector<SourceFile> project_sources() {
  std::vector<SourceFile> all;
  for (const char* folder : {"nmsw", "datasets", "results", "reporting", "runners"}) {
    for (SourceFile& file : files_below(folder, {".cpp", ".h"})) all.push_back(std::move(file));
  }
  return all;
}

/// tests/lint/layers.txt: each folder with the folders and libraries that its line names.
inline std::map<std::string, std::vector<std::string>> layer_table() {
  std::map<std::string, std::vector<std::string>> table;
  for (const std::string& line : lines_of(source_folder() / "tests/lint/layers.txt")) {
    if (line.empty() || line[0] == '#') continue;
    const size_t colon = line.find(':');
    std::istringstream below(line.substr(colon + 1));
    std::vector<std::string>& names = table[line.substr(0, colon)];
    for (std::string name; below >> name;) names.push_back(name);
  }
  return table;
}

}  // namespace nmsw::testing
