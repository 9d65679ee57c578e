#pragma once

#include <vector>

#include "runners/planning/setup/preparation_choice.h"

namespace nmsw::runners {

/// Patches of a scan, and how many of them the class's box meets: medians over the cases that were
/// read (of a class: that show it; 0 where none does). A patch that meets the box may hold no voxel
/// of the class.
struct PatchCounts {
  double total = 0;
  std::vector<double> by_class;
};

PatchCounts count_patches(const datasets::DatasetSurvey& survey, const PreparationChoice& choice,
                          double overlap);

}  // namespace nmsw::runners
