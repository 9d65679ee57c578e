#include "nmsw/training/augment.h"

#include "nmsw/training/augment_intensity.h"

namespace nmsw {
namespace {

/// The random numbers of one transform.
class Stream {
 public:
  Stream(uint64_t seed, const char* transform) : state_(derive_seed(seed, {transform})) {}
  bool happens(double probability) { return next_uniform(state_) < probability; }
  double between(double low, double high) { return low + (high - low) * next_uniform(state_); }
  Real3 between(const Real3& low, const Real3& high) {
    Real3 drawn{};
    for (size_t axis = 0; axis < 3; ++axis) drawn[axis] = between(low[axis], high[axis]);
    return drawn;
  }
  /// Each component within ±limit, times `scale`.
  Real3 within(const Real3& limit, double scale = 1) {
    Real3 drawn{};
    for (size_t axis = 0; axis < 3; ++axis)
      drawn[axis] = between(-limit[axis], limit[axis]) * scale;
    return drawn;
  }
  uint64_t seed() { return next_random(state_); }

 private:
  uint64_t state_;
};

std::optional<double> draw_value(uint64_t seed, const char* transform, double probability,
                                 double low, double high) {
  Stream stream(seed, transform);
  if (!stream.happens(probability)) return std::nullopt;
  return stream.between(low, high);
}

std::optional<AffineParameters> draw_affine(uint64_t seed, double translation_scale) {
  Stream stream(seed, "affine");
  if (!stream.happens(0.3)) return std::nullopt;
  AffineParameters drawn;
  drawn.rotation_xyz_rad = stream.within({0.52, 0.52, 0.52});
  drawn.scale_xyz = stream.between({0.8, 0.8, 0.7}, {1.2, 1.2, 1.3});
  drawn.translation_xyz_voxels = stream.within({10, 10, 50}, translation_scale);
  return drawn;
}

std::optional<AugmentationDraw::Noise> draw_noise(uint64_t seed) {
  Stream stream(seed, "noise");
  if (!stream.happens(0.1)) return std::nullopt;
  const double sigma = stream.between(0, 0.1);
  return AugmentationDraw::Noise{sigma, stream.seed()};
}

std::optional<Real3> draw_smoothing(uint64_t seed) {
  Stream stream(seed, "smoothing");
  if (!stream.happens(0.2)) return std::nullopt;
  return stream.between({0.5, 0.5, 0.5}, {1, 1, 1});
}

std::optional<std::array<GridSteps, 3>> draw_grid(uint64_t seed) {
  Stream stream(seed, "grid");
  if (!stream.happens(0.3)) return std::nullopt;
  std::array<GridSteps, 3> steps{};
  for (GridSteps& axis : steps) {
    for (double& step : axis) step = stream.between(0.95, 1.05);
  }
  return steps;
}

/// Channels move together and change alike; noise is each one's own.
Tensor augmented_channel(Tensor image, const AugmentationDraw& draw, int64_t channel) {
  if (draw.shift) image = image.add(*draw.shift);
  for (const auto& parameters : {draw.translation, draw.affine}) {
    if (parameters) image = resample_image(image, affine_map(*parameters));
  }
  if (draw.noise) {
    const uint64_t seed = channel == 0
                              ? draw.noise->seed
                              : derive_seed(draw.noise->seed, {"channel", std::to_string(channel)});
    image = add_noise(image, draw.noise->sigma, seed);
  }
  if (draw.smoothing_sigma_xyz) image = smooth(image, *draw.smoothing_sigma_xyz);
  if (draw.factor) image = image.mul(*draw.factor);
  if (draw.zoom) image = simulate_low_resolution(image, *draw.zoom);
  if (draw.inverted_gamma) image = adjust_gamma(image, *draw.inverted_gamma, GammaCurve::inverted);
  if (draw.gamma) image = adjust_gamma(image, *draw.gamma, GammaCurve::plain);
  if (draw.grid_steps_xyz) image = distort_image(image, *draw.grid_steps_xyz);
  return image;
}

}  // namespace

AugmentationDraw draw_augmentation(Augmentation list, double translation_scale, uint64_t seed) {
  AugmentationDraw draw;
  if (list == Augmentation::none) return draw;
  if (list == Augmentation::authors) {
    draw.shift = draw_value(seed, "shift", 0.2, -0.1, 0.1);
    draw.translation.emplace();
    draw.translation->translation_xyz_voxels =
        Stream(seed, "translation").within({50, 50, 50}, translation_scale);
  }
  draw.affine = draw_affine(seed, translation_scale);
  draw.noise = draw_noise(seed);
  draw.smoothing_sigma_xyz = draw_smoothing(seed);
  draw.factor = draw_value(seed, "factor", 0.15, 0.75, 1.25);
  draw.zoom = draw_value(seed, "low_resolution", 0.25, 0.5, 1);
  draw.inverted_gamma = draw_value(seed, "inverted_gamma", 0.1, 0.7, 1.5);
  draw.gamma = draw_value(seed, "gamma", 0.3, 0.7, 1.5);
  draw.grid_steps_xyz = draw_grid(seed);
  return draw;
}

TrainingCase augment(const TrainingCase& sample, const AugmentationDraw& draw) {
  const torch::NoGradGuard no_grad;
  std::vector<Tensor> channels;
  for (int64_t c = 0; c < sample.image.size(1); ++c)
    channels.push_back(augmented_channel(sample.image.narrow(1, c, 1), draw, c));
  Tensor label = sample.label;
  for (const auto& parameters : {draw.translation, draw.affine}) {
    if (parameters) label = resample_label(label, affine_map(*parameters));
  }
  if (draw.grid_steps_xyz) label = distort_label(label, *draw.grid_steps_xyz);
  return make_training_case(
      sample.case_id, channels.size() == 1 ? channels.front() : torch::cat(channels, 1), label);
}

}  // namespace nmsw
