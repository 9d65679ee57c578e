#pragma once

#include <cstdint>
#include <vector>

#include "nmsw/metrics/element_counts.h"
#include "nmsw/metrics/mask.h"

namespace nmsw {

/// The elements of both surfaces with their distances to the other one, each list sorted by
/// distance, then weight.
struct SurfaceDistances {
  std::vector<EqualElements> label_to_prediction;
  std::vector<EqualElements> prediction_to_label;
};

/// The masks must have the same extent and nothing set in their outermost voxels (`class_mask`
/// gives such masks). Both work in parallel; the result does not depend on the number of threads.

/// Distances in mm between area-weighted surface elements, as google-deepmind/surface-distance
/// computes them: an element sits at a corner between eight voxels that are not all alike.
SurfaceDistances surface_distances_mm(const Mask& label, const Mask& prediction,
                                      Real3 spacing_xyz_mm);

/// Distances between border voxels (mask XOR its erosion by the 6-neighbour cross), each of weight
/// 1, as MONAI's compute_surface_dice computes them; spacing 1, 1, 1 gives the authors' voxels.
SurfaceDistances surface_distances_voxel(const Mask& label, const Mask& prediction,
                                         Real3 spacing_xyz);

int64_t element_count(const std::vector<EqualElements>& elements);
double total_weight(const std::vector<EqualElements>& elements);

/// Surface Dice (NSD): the share of both surfaces' weight that lies within `tolerance` of the
/// other; NaN where both are empty, 0 where one is.
double surface_dice(const SurfaceDistances& distances, double tolerance);

/// The larger of the two directed distances below which `percent` of the weight lies
/// (surface-distance's robust Hausdorff distance); +infinity where a surface is empty.
double weighted_hausdorff(const SurfaceDistances& distances, double percent);

/// The same without weights, each direction's percentile interpolated linearly (MONAI); NaN where a
/// surface is empty.
double interpolated_hausdorff(const SurfaceDistances& distances, double percent);

}  // namespace nmsw
