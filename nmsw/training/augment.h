#pragma once

#include <optional>

#include "nmsw/config/training_config.h"
#include "nmsw/training/augment_affine.h"
#include "nmsw/training/augment_grid.h"
#include "nmsw/training/training_case.h"

namespace nmsw {

/// What happens to one case, in the order in which it happens (METHOD 4.4); what is absent is left
/// out.
struct AugmentationDraw {
  struct Noise {
    double sigma;
    uint64_t seed;
  };
  std::optional<double> shift;
  std::optional<AffineParameters> translation;
  std::optional<AffineParameters> affine;
  std::optional<Noise> noise;
  std::optional<Real3> smoothing_sigma_xyz;
  std::optional<double> factor;
  std::optional<double> zoom;
  std::optional<double> inverted_gamma;
  std::optional<double> gamma;
  std::optional<std::array<GridSteps, 3>> grid_steps_xyz;
};

/// Draws from the list that the paper or the authors' code has. Each transform draws from a stream
/// of its own, so that the lists agree in what they share. `translation_scale` multiplies every
/// translation.
AugmentationDraw draw_augmentation(Augmentation list, double translation_scale, uint64_t seed);

/// The case with every drawn change made, its foreground list made anew. Nothing is mirrored and no
/// value is clipped.
TrainingCase augment(const TrainingCase& sample, const AugmentationDraw& draw);

}  // namespace nmsw
