#include "nmsw/cost/layer_cost.h"

#include "nmsw/base/error.h"

namespace nmsw {
namespace {

double kernel_volume(const ConvShape& shape) {
  const auto side = static_cast<double>(shape.kernel);
  return side * side * side;
}

double weight_count(const ConvShape& shape) {
  return static_cast<double>(shape.in) * static_cast<double>(shape.out) /
         static_cast<double>(shape.groups) * kernel_volume(shape);
}

double parameter_count(const ConvShape& shape) {
  return weight_count(shape) + (shape.bias == Bias::none ? 0 : static_cast<double>(shape.out));
}

}  // namespace

double voxels_in(Int3 extent) {
  return static_cast<double>(extent[0]) * static_cast<double>(extent[1]) *
         static_cast<double>(extent[2]);
}

Int3 divided_by(Int3 extent, int64_t factor) {
  for (int64_t& size : extent) size = (size + factor - 1) / factor;
  return extent;
}

Int3 multiplied_by(Int3 extent, int64_t factor) {
  for (int64_t& size : extent) size *= factor;
  return extent;
}

void require_multiple(const char* network, Int3 extent, int64_t multiple) {
  for (const int64_t size : extent) {
    if (size > 0 && size % multiple == 0) continue;
    throw ConfigError(
        "{}: extent {}x{}x{} must be a multiple of {} on each axis; choose another patch or volume",
        network, extent[0], extent[1], extent[2], multiple);
  }
}

Cost conv_cost(const ConvShape& shape, Int3 out_extent) {
  const double macs = voxels_in(out_extent) * weight_count(shape);
  const double params = parameter_count(shape);
  return {macs, macs, params, params};
}

Cost transposed_conv_cost(const ConvShape& shape, Int3 in_extent, Int3 out_extent) {
  const double params = parameter_count(shape);
  return {voxels_in(in_extent) * weight_count(shape), voxels_in(out_extent) * weight_count(shape),
          params, params};
}

Cost instance_norm_cost(int64_t channels, Int3 extent) {
  return {0, 2 * static_cast<double>(channels) * voxels_in(extent), 0, 0};
}

Cost affine_instance_norm_cost(int64_t channels, Int3 extent) {
  const auto width = static_cast<double>(channels);
  return {0, 4 * width * voxels_in(extent), 2 * width, 2 * width};
}

Cost prelu_cost(int64_t channels, Int3 extent) {
  return {0, static_cast<double>(channels) * voxels_in(extent), 1, 1};
}

Cost linear_cost(int64_t in, int64_t out, Bias bias, double tokens) {
  const double weights = static_cast<double>(in) * static_cast<double>(out);
  const double params = weights + (bias == Bias::none ? 0 : static_cast<double>(out));
  return {tokens * weights, tokens * weights, params, params};
}

Cost layer_norm_cost(int64_t channels, double tokens) {
  const auto width = static_cast<double>(channels);
  return {0, 4 * width * tokens, 2 * width, 2 * width};
}

Cost batch_norm_cost(int64_t channels, Int3 extent) {
  return layer_norm_cost(channels, voxels_in(extent));
}

Cost trilinear_cost(int64_t channels, Int3 out_extent) {
  return {0, 31 * static_cast<double>(channels) * voxels_in(out_extent), 0, 0};
}

}  // namespace nmsw
