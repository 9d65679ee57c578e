#pragma once

#include <cstdint>
#include <vector>

#include "nmsw/metrics/mask.h"

namespace nmsw {

/// A piece of one surface: how far the other surface is (+infinity where there is none), and its
/// weight.
struct SurfaceElement {
  double distance = 0;
  /// Area in mm², or 1 for a border voxel.
  double weight = 0;
};

/// Both directed lists, each sorted by distance, then weight.
struct SurfaceDistances {
  std::vector<SurfaceElement> label_to_prediction;
  std::vector<SurfaceElement> prediction_to_label;
};

/// The masks must have the same extent and nothing set in their outermost voxels (`class_mask`
/// gives such masks).

/// Distances in mm between area-weighted surface elements, as google-deepmind/surface-distance
/// computes them: an element sits at a corner between eight voxels that are not all alike.
SurfaceDistances surface_distances_mm(const Mask& label, const Mask& prediction,
                                      Real3 spacing_xyz_mm);

/// Distances between border voxels (mask XOR its erosion by the 6-neighbour cross), each of weight
/// 1, as MONAI's compute_surface_dice computes them; spacing 1, 1, 1 gives the authors' voxels.
SurfaceDistances surface_distances_voxel(const Mask& label, const Mask& prediction,
                                         Real3 spacing_xyz);

double total_weight(const std::vector<SurfaceElement>& elements);

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
