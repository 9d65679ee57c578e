#pragma once

#include <optional>
#include <string>

#include "datasets/preparation/preprocess_config.h"
#include "nmsw/base/volume.h"

namespace nmsw::datasets {

/// Whether a voxel grid can be that of a body scan.
///
/// fault    why it cannot be: a voxel side outside 0.05..50 mm, a target spacing at which it would
///          have more than 2^32 voxels, or at which an axis of many voxels would shrink to one
/// remark   what is unusual: a voxel side outside 0.2..10 mm, a scan longer than 3 m
struct GridJudgement {
  std::string fault, remark;
};

/// `extent_xyz` and `spacing_xyz_mm` run along right, front, head. Empty texts where nothing is
/// odd. Throws nothing; safe from several threads at once.
GridJudgement judge_grid(const Int3& extent_xyz, const Real3& spacing_xyz_mm,
                         const PreprocessConfig& config);

}  // namespace nmsw::datasets
