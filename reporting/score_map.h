#pragma once

#include <string>
#include <vector>

#include "nmsw/base/volume.h"
#include "reporting/picture.h"

namespace nmsw::reporting {

/// One row of the view v_selection_maps.
struct ScoreMap {
  int64_t epoch = 0;  // counted from 0
  std::string case_id;
  Int3 counts_xyz{0, 0, 0};
  std::vector<double> log_probability;  // x fastest
};

/// The log-probabilities that a scale of colours spans; patches without predicted foreground, whose
/// probability is 0 but for rounding, do not count.
struct ScaleRange {
  double low = 0, high = 0;
};
ScaleRange scale_range(const std::vector<ScoreMap>& maps);

/// Slices of the map side by side, the lowest first, each with the patient's right on the left and
/// the front up.
///
/// chosen   patch indices that get an outline
Picture map_picture(const ScoreMap& map, const ScaleRange& range,
                    const std::vector<int64_t>& chosen);

/// Legend entries of the scale and of the patches outside of it.
std::vector<PictureKey> map_keys(const ScaleRange& range);

}  // namespace nmsw::reporting
