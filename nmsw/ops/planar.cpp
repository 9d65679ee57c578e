#include "nmsw/ops/planar.h"

#include "nmsw/kernels/gemm/amx_tiles.h"
#include "nmsw/ops/differentiable_planar_conv.h"
#include "nmsw/ops/kernel_choice.h"
#include "nmsw/ops/packed_conv.h"

namespace nmsw {

namespace {

/// Calls use(PackedConv) with the kernel for the precision that is wanted and for this processor.
template <class Use>
auto by_precision(const PlanarKernels& kernels, const ConvTask& task, Use use) {
  if (!takes_bf16_products(task.input.front().values)) return use(PackedConv(kernels.floats, task));
  return use(PackedConv(has_amx_tiles() ? kernels.tiles : kernels.pairs, task));
}

DeferredNorm convolved(const PlanarKernels& kernels, const ConvTask& task, bool with_moments) {
  return by_precision(kernels, task, [&](const auto& conv) { return conv.whole(with_moments); });
}

/// Planes computed together, at least: enough blocks for some threads.
constexpr int64_t kLazyPlanes = 4;

LazyVolume lazy(const PlanarKernels& kernels, const ConvTask& task) {
  return by_precision(kernels, task, [](const auto& conv) {
    const int64_t step = ceil_div(kLazyPlanes, conv.step()) * conv.step();
    return LazyVolume(conv.depth(), step,
                      [conv](int64_t first, int64_t last) { return conv.planes(first, last); });
  });
}

/// Checks the operands and gives the shape; weights have their input channels along `in_axis`.
PlanarConvShape checked_shape(const std::vector<DeferredNorm>& input, const Tensor& weight,
                              const Tensor& bias, int64_t in_axis, int64_t kernel) {
  check_shape(weight, {kAnySize, kAnySize, kernel, kernel, kernel}, "convolution weight");
  const PlanarConvShape shape{weight.size(in_axis), weight.size(1 - in_axis),
                              extent_dhw(input.front().values)};
  const auto [depth, height, width] = shape.extent_dhw;
  int64_t channels = 0;
  for (const DeferredNorm& volume : input) {
    check_shape(volume.values, {input.front().values.size(0), kAnySize, depth, height, width},
                "convolution input");
    channels += volume.values.size(1);
  }
  if (channels != shape.in_channels) {
    throw ShapeError("convolution input: {} channels, the weight has {}", channels,
                     shape.in_channels);
  }
  if (bias.defined()) check_shape(bias, {shape.out_channels}, "convolution bias");
  return shape;
}

/// Operands of a convolution that keeps the grid, checked.
ConvTask same_grid_task(const std::vector<DeferredNorm>& input, const Tensor& weight,
                        const Tensor& bias, int64_t kernel,
                        const std::vector<DeferredNorm>& added) {
  const PlanarConvShape shape = checked_shape(input, weight, bias, 1, kernel);
  const auto [depth, height, width] = shape.extent_dhw;
  for (const DeferredNorm& volume : added) {
    check_shape(volume.values,
                {input.front().values.size(0), shape.out_channels, depth, height, width},
                "volume added to a convolution");
  }
  return {input, weight, bias, shape, added};
}

}  // namespace

DeferredNorm planar_conv3d(const std::vector<DeferredNorm>& input, const Tensor& weight,
                           const Tensor& bias, const PlanarOptions& options) {
  return convolved(kSame, same_grid_task(input, weight, bias, 3, options.added),
                   options.with_moments);
}

LazyVolume lazy_planar_conv3d(const std::vector<DeferredNorm>& input, const Tensor& weight,
                              const Tensor& bias, const std::vector<DeferredNorm>& added) {
  return lazy(kSame, same_grid_task(input, weight, bias, 3, added));
}

DeferredNorm planar_conv_strided3d(const std::vector<DeferredNorm>& input, const Tensor& weight,
                                   const Tensor& bias, const PlanarOptions& options) {
  return convolved(kHalved, {input, weight, bias, checked_shape(input, weight, bias, 1, 3)},
                   options.with_moments);
}

DeferredNorm planar_conv_transpose3d(const std::vector<DeferredNorm>& input, const Tensor& weight,
                                     const Tensor& bias, const PlanarOptions& options) {
  return convolved(kDoubled, {input, weight, bias, checked_shape(input, weight, bias, 0, 3)},
                   options.with_moments);
}

DeferredNorm point_conv3d(const std::vector<DeferredNorm>& input, const Tensor& weight,
                          const Tensor& bias, const PlanarOptions& options) {
  return convolved(kPoints, same_grid_task(input, weight, bias, 1, options.added),
                   options.with_moments);
}

LazyVolume late_point_conv3d(const std::vector<DeferredNorm>& input, const Tensor& weight,
                             const Tensor& bias, const std::vector<DeferredNorm>& added) {
  return lazy(kPoints, same_grid_task(input, weight, bias, 1, added));
}

DeferredNorm point_conv_transpose3d(const std::vector<DeferredNorm>& input, const Tensor& weight,
                                    const Tensor& bias, const PlanarOptions& options) {
  const PlanarConvShape shape = checked_shape(input, weight, bias, 0, 2);
  const Tensor rows = weight.permute({1, 2, 3, 4, 0});
  return convolved(kPointsDoubled, {input, rows, bias, shape}, options.with_moments);
}

Tensor planar_conv3d(const Tensor& input, const Tensor& weight, const Tensor& bias) {
  if (takes_inference_kernels(input)) {
    return planar_conv3d({{input.contiguous(), {}, 1}}, weight, bias, {}).values;
  }
  checked_shape({{input, {}, 1}}, weight, bias, 1, 3);
  return differentiable_planar_conv3d(input, weight, bias);
}

}  // namespace nmsw
