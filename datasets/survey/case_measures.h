#pragma once

#include <vector>

#include "datasets/layouts/case_files.h"
#include "nmsw/base/volume.h"

namespace nmsw::datasets {

/// One class in one case, with at most kForegroundSample of its voxels' intensities, taken evenly.
/// The box is the smallest that holds it, on the grid right-front-head.
struct ClassMeasures {
  int64_t index = 0;
  int64_t voxels = 0;
  Int3 box_start_xyz{};
  Int3 box_extent_xyz{};
  std::vector<float> sample;
};

/// What a case's image and labels hold, in a few numbers.
///
/// grid           of the image, voxel axes right, front, head
/// classes        those that occur, in order of index
/// nonzero_share  share of the volume that the box of voxels that are not zero takes
/// minimum        lowest intensity
/// whole_numbers  whether every intensity is a whole number
/// decoded_voxels of all files that were read
struct CaseMeasures {
  Geometry grid;
  std::vector<ClassMeasures> classes;
  double nonzero_share = 1;
  double minimum = 0;
  bool whole_numbers = true;
  int64_t decoded_voxels = 0;
};

inline constexpr int64_t kForegroundSample = 2000;

/// Reads the image and the labels of a case, one file in memory beside the image. Throws DataError
/// naming the file for what cannot be read, an id outside the classes and labels on another grid.
CaseMeasures measure_case(const DatasetDescriptor& descriptor, const CaseFiles& files);

}  // namespace nmsw::datasets
