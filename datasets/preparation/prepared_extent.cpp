#include "datasets/preparation/prepared_extent.h"

#include "datasets/formats/nifti_file.h"
#include "datasets/grid/orientation.h"
#include "datasets/preparation/crop_pad.h"
#include "datasets/preparation/resample.h"
#include "nmsw/base/error.h"

namespace nmsw::datasets {

Int3 prepared_extent(Int3 extent, const Real3& spacing, const PreprocessConfig& config,
                     const FitConfig& fit) {
  if (config.spacing_xyz_mm) {
    const Real3 wanted = effective_spacing(spacing, *config.spacing_xyz_mm);
    for (size_t a = 0; a < 3; ++a) {
      if (wanted[a] != spacing[a]) extent[a] = resampled_extent(extent[a], spacing[a], wanted[a]);
    }
  }
  extent = pad_to_minimum(extent, fit.minimum_xyz).extent_xyz;
  return fit.fixed_xyz.value_or(pad_to_multiple(extent, fit.multiple_xyz).extent_xyz);
}

std::optional<Geometry> grid_from_header(const std::filesystem::path& image) {
  try {
    const Geometry stored = read_nifti_header(image).geometry;
    return apply_axis_map(stored, ras_axis_map(stored));
  } catch (const Error&) {
    return std::nullopt;
  }
}

}  // namespace nmsw::datasets
