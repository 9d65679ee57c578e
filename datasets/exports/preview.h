#pragma once

#include <array>
#include <optional>
#include <vector>

#include "datasets/exports/canvas.h"
#include "datasets/exports/patch_box.h"

namespace nmsw::datasets {

/// What a preview shows.
struct PreviewInput {
  const ImageVolume& image;
  /// On the image's grid.
  const LabelVolume& label;
  const std::vector<PatchBox>& patches;
  /// The prepared grid, on which the patches lie; its axes are those of the image, in any order.
  const Geometry& prepared;
  /// The intensities shown as black and white; else the plane's own lowest and highest.
  std::optional<std::array<double, 2>> window;
};

/// An axial, a coronal and a sagittal plane side by side, each where the label map is fullest, with
/// its classes in their colours and the patches that cross the plane in yellow. One scale in mm for
/// all; the patient's right and front are on the left (marked R and A), front and head are up.
Canvas draw_preview(const PreviewInput& input);

}  // namespace nmsw::datasets
