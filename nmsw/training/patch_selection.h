#pragma once

#include <string>
#include <vector>

#include <nlohmann/json.hpp>

#include "nmsw/tensor/patch_grid.h"

namespace nmsw {

/// Which patches of a case a network would choose, without noise (METHOD 2.6).
struct PatchSelection {
  Int3 counts_dhw{0, 0, 0};
  Int3 patch_dhw{0, 0, 0};
  std::vector<double> log_probability;  ///< of every candidate patch, by index (w fastest)
  std::vector<int64_t> chosen;          ///< patch indices, best first
  std::vector<Int3> starts_dhw;         ///< first voxels of the chosen patches
};

/// scores [1,P] of the grid's patches, background patches masked.
PatchSelection select_patches(const Tensor& scores, const PatchGrid& grid, int64_t k);

/// What would be chosen in a case after an epoch (counted from 0): how the choice develops (paper,
/// Fig. 6).
struct SelectionRecord {
  int64_t epoch = 0;
  std::string case_id;
  PatchSelection selection;
};

/// True after the epochs that the paper shows, 2, 50 and 300 of 300, in proportion to `epochs`.
bool is_recorded(int64_t epoch, int64_t epochs);

/// To and from the state of a training; numbers come back as they were.
nlohmann::ordered_json to_json(const SelectionRecord& record);
SelectionRecord selection_record(const nlohmann::ordered_json& json);

}  // namespace nmsw
