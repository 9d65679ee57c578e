#pragma once

#include <vector>

#include "nmsw/tensor/tensor.h"

namespace nmsw {

// Changes of an image's values (METHOD 4.4). Images are float32 [1,1,D,H,W] on the CPU; results are
// new tensors, not clipped to the window. All sums are taken in an order that does not depend on
// the number of threads.

/// Adds normal noise of mean 0 and that standard deviation, drawn from `seed`.
Tensor add_noise(const Tensor& image, double sigma, uint64_t seed);

/// Weights of a smoothing kernel at -t … t voxels, t = int(max(4σ, ½) + ½): the Gaussian's integral
/// over each voxel, ½[erf((x+½)/(√2 σ)) − erf((x−½)/(√2 σ))]. Not renormalised. `sigma` in voxels,
/// above 0.
std::vector<float> smoothing_weights(double sigma);

/// Separable smoothing with `smoothing_weights`, zeros beyond the border.
Tensor smooth(const Tensor& image, Real3 sigma_xyz_voxels);

/// Down to round(extent·zoom) by nearest neighbour and back by trilinear interpolation. `zoom` in
/// (0, 1].
Tensor simulate_low_resolution(const Tensor& image, double zoom);

enum class GammaCurve { plain, inverted };

/// v ↦ ((v − min)/(range + 1e-7))^γ · range + min, brought back to the former mean and standard
/// deviation. The inverted curve is the plain one of −image, negated.
Tensor adjust_gamma(const Tensor& image, double gamma, GammaCurve curve);

}  // namespace nmsw
