#pragma once

#include <filesystem>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "datasets/layouts/case_files.h"

// The same small data set in every folder layout of the catalog.

namespace nmsw::datasets::toy {

struct ToyCase {
  std::string id;
  Split split;
};

/// The cases that every writer writes, in an order that is not that of their names.
const std::vector<ToyCase>& toy_cases();

/// Writes them into an empty folder and returns the descriptor that reads it. Its classes are left
/// (1) and right (2), each of one voxel in every case, the first nearer to the patient's left; the
/// image is kLeftHu and kRightHu there and -1000 HU elsewhere.
using LayoutWriter = DatasetDescriptor (*)(const std::filesystem::path& root);

inline constexpr float kLeftHu = 40;
inline constexpr float kRightHu = 80;

/// A writer for each layout of the catalog.
const std::map<std::string_view, LayoutWriter>& layout_writers();

}  // namespace nmsw::datasets::toy
