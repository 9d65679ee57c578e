#include "datasets/phantoms/phantom.h"

#include <algorithm>
#include <cmath>

#include "datasets/phantoms/phantom_anatomy.h"
#include "datasets/phantoms/phantom_scene.h"
#include "nmsw/base/error.h"

namespace nmsw::datasets {
namespace {

constexpr int64_t kSmallestExtent = 48;

/// Another extent shows the same field of view with larger or smaller voxels.
PhantomPose draw_pose(const PhantomAnatomy& anatomy, const PhantomConfig& config,
                      PhantomRandom& random) {
  PhantomPose pose;
  pose.extent_xyz = config.extent_xyz.value_or(anatomy.extent_xyz);
  const double v = config.variation;
  for (int axis = 0; axis < 3; ++axis) {
    pose.spacing_xyz_mm[axis] = anatomy.spacing_xyz_mm[axis] *
                                static_cast<double>(anatomy.extent_xyz[axis]) /
                                static_cast<double>(pose.extent_xyz[axis]);
    pose.centre[axis] = static_cast<float>(random.spread(v * anatomy.view_shift_mm[axis]));
  }
  pose.centre[2] += static_cast<float>(anatomy.middle_z);
  const double overall = 1 + random.spread(0.11 * v);
  for (int axis = 0; axis < 3; ++axis) {
    pose.scale[axis] = static_cast<float>(overall * (1 + random.spread(0.06 * v)));
  }
  pose.turn = {static_cast<float>(random.spread(0.09 * v)),
               static_cast<float>(random.spread(0.09 * v)),
               static_cast<float>(random.spread(0.17 * v))};
  pose.bend = {static_cast<float>(6 * v), static_cast<float>(5 * v), static_cast<float>(9 * v)};
  return pose;
}

void paint_everything(PhantomScene& scene) {
  paint_body(scene);
  paint_chest(scene);
  paint_head_and_shoulders(scene);
  paint_ribs(scene);
  paint_spine(scene);
  paint_pelvis(scene);
  paint_vessels(scene);
  paint_neck_organs(scene);
  paint_upper_abdomen(scene);
  paint_bowel(scene);
  paint_pelvic_organs(scene);
}

}  // namespace

Int3 default_extent_xyz(const std::string& anatomy) { return phantom_anatomy(anatomy).extent_xyz; }

std::pair<ImageVolume, LabelVolume> make_phantom(const std::string& anatomy,
                                                 const PhantomConfig& config, uint64_t case_seed) {
  return make_phantom(anatomy, phantom_anatomy(anatomy).classes, config, case_seed);
}

void require_phantom_extent(Int3 extent) {
  if (*std::min_element(extent.begin(), extent.end()) >= kSmallestExtent) return;
  throw ConfigError(
      "phantom: an extent of {} x {} x {} voxels is too small to show the organs; use at least {} "
      "a side",
      extent[0], extent[1], extent[2], kSmallestExtent);
}

std::pair<ImageVolume, LabelVolume> make_phantom(const std::string& anatomy_name,
                                                 const std::vector<std::string>& classes,
                                                 const PhantomConfig& config, uint64_t case_seed) {
  const PhantomAnatomy& anatomy = phantom_anatomy(anatomy_name);
  require_phantom_extent(config.extent_xyz.value_or(anatomy.extent_xyz));
  PhantomRandom random(case_seed);
  const StructureLabels labels(classes);
  const PhantomPose pose = draw_pose(anatomy, config, random);
  PhantomCanvas canvas(pose, random);
  PhantomScene scene{canvas,
                     random,
                     labels,
                     draw_tissues(random),
                     static_cast<float>(anatomy.organ_shift_mm * config.variation),
                     static_cast<float>(anatomy.organ_growth * config.variation)};
  paint_everything(scene);
  canvas.add_noise(config.noise_hu, random);

  Geometry geometry;
  geometry.extent_xyz = pose.extent_xyz;
  geometry.spacing_xyz_mm = pose.spacing_xyz_mm;
  geometry.direction_lps = {-1, 0, 0, 0, -1, 0, 0, 0, 1};
  for (int axis = 0; axis < 3; ++axis) {
    const double half =
        0.5 * static_cast<double>(pose.extent_xyz[axis] - 1) * pose.spacing_xyz_mm[axis];
    geometry.origin_lps_mm[axis] = (axis < 2 ? half : -half);
  }
  return {ImageVolume{geometry, canvas.take_image()}, LabelVolume{geometry, canvas.take_label()}};
}

}  // namespace nmsw::datasets
