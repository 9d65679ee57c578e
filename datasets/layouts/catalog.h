#pragma once

#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

namespace nmsw::datasets {

struct CaseListing;
struct DatasetDescriptor;

/// The cases of an existing folder that is not empty, in any order. What is wrong becomes a fault of
/// the listing; opens no image, throws nothing for bad data.
using LayoutFunction = CaseListing(const DatasetDescriptor& descriptor,
                                   const std::filesystem::path& root);

/// A folder layout as far as anything but its own file needs to know it.
struct LayoutEntry {
  /// What a descriptor's key `layout` says.
  std::string_view name;
  /// How the files lie, in one sentence.
  std::string_view summary;
  /// What a message expects of a folder that holds no case: "expected …".
  std::string_view expected;
  LayoutFunction* list;
  /// Whether each class has a file of its own, so that the names of the files tell which classes a
  /// case has.
  bool file_per_class = false;
};

/// THE list of folder layouts. A new one is `layout_<name>.cpp` with a `LayoutFunction`, and a line
/// here.
const std::vector<LayoutEntry>& layout_catalog();

/// The entry of that name, or null.
const LayoutEntry* find_layout(std::string_view name);

/// The names, in the catalog's order.
std::vector<std::string> layout_names();

/// What the help of the descriptor's key says: the names between bars. Lives as long as the
/// program.
const char* layout_help();

}  // namespace nmsw::datasets
