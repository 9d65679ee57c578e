#include "nmsw/ops/conv.h"

#include "nmsw/ops/differentiable_conv.h"
#include "nmsw/ops/kernel_choice.h"
#include "nmsw/ops/packed_conv.h"

namespace nmsw {

namespace {

/// Calls use(PackedConv) with the kernel for the precision that is wanted and for this processor.
template <class Use>
auto by_precision(const ConvTask& task, Use use) {
  return takes_bf16_products(task.input.front().values)
             ? use(PackedConv(conv_kernel<Bf16Pair>(task.kind), task))
             : use(PackedConv(conv_kernel<float>(task.kind), task));
}

DeferredNorm convolved(const ConvTask& task, bool with_moments) {
  return by_precision(task, [&](const auto& conv) { return conv.whole(with_moments); });
}

/// Planes computed together, at least: enough blocks for some threads.
constexpr int64_t kLazyPlanes = 4;

LazyVolume lazy(const ConvTask& task) {
  return by_precision(task, [](const auto& conv) {
    const int64_t step = ceil_div(kLazyPlanes, conv.step()) * conv.step();
    return LazyVolume(conv.depth(), step,
                      [conv](int64_t first, int64_t last) { return conv.planes(first, last); });
  });
}

/// Checks the operands and gives the shape; weights have their input channels along `in_axis`.
ConvShape checked_shape(const std::vector<DeferredNorm>& input, const Tensor& weight,
                        const Tensor& bias, int64_t in_axis, int64_t kernel) {
  check_shape(weight, {kAnySize, kAnySize, kernel, kernel, kernel}, "convolution weight");
  const ConvShape shape{weight.size(in_axis), weight.size(1 - in_axis),
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
ConvTask same_grid_task(ConvKind kind, const std::vector<DeferredNorm>& input, const Tensor& weight,
                        const Tensor& bias, const std::vector<DeferredNorm>& added) {
  const ConvShape shape = checked_shape(input, weight, bias, 1, kind == ConvKind::point ? 1 : 3);
  const auto [depth, height, width] = shape.extent_dhw;
  for (const DeferredNorm& volume : added) {
    check_shape(volume.values,
                {input.front().values.size(0), shape.out_channels, depth, height, width},
                "volume added to a convolution");
  }
  return {input, weight, bias, kind, shape, added};
}

}  // namespace

DeferredNorm conv3x3(const std::vector<DeferredNorm>& input, const Tensor& weight,
                     const Tensor& bias, const ConvOptions& options) {
  return convolved(same_grid_task(ConvKind::same, input, weight, bias, options.added),
                   options.with_moments);
}

LazyVolume lazy_conv3x3(const std::vector<DeferredNorm>& input, const Tensor& weight,
                        const Tensor& bias, const std::vector<DeferredNorm>& added) {
  return lazy(same_grid_task(ConvKind::same, input, weight, bias, added));
}

DeferredNorm conv3x3_halved(const std::vector<DeferredNorm>& input, const Tensor& weight,
                            const Tensor& bias, const ConvOptions& options) {
  return convolved(
      {input, weight, bias, ConvKind::halved, checked_shape(input, weight, bias, 1, 3)},
      options.with_moments);
}

DeferredNorm conv3x3_doubled(const std::vector<DeferredNorm>& input, const Tensor& weight,
                             const Tensor& bias, const ConvOptions& options) {
  return convolved(
      {input, weight, bias, ConvKind::doubled, checked_shape(input, weight, bias, 0, 3)},
      options.with_moments);
}

DeferredNorm conv1x1(const std::vector<DeferredNorm>& input, const Tensor& weight,
                     const Tensor& bias, const ConvOptions& options) {
  return convolved(same_grid_task(ConvKind::point, input, weight, bias, options.added),
                   options.with_moments);
}

LazyVolume lazy_conv1x1(const std::vector<DeferredNorm>& input, const Tensor& weight,
                        const Tensor& bias, const std::vector<DeferredNorm>& added) {
  return lazy(same_grid_task(ConvKind::point, input, weight, bias, added));
}

DeferredNorm conv2x2_doubled(const std::vector<DeferredNorm>& input, const Tensor& weight,
                             const Tensor& bias, const ConvOptions& options) {
  const ConvShape shape = checked_shape(input, weight, bias, 0, 2);
  const Tensor rows = weight.permute({1, 2, 3, 4, 0});
  return convolved({input, rows, bias, ConvKind::point_doubled, shape}, options.with_moments);
}

Tensor conv3x3(const Tensor& input, const Tensor& weight, const Tensor& bias) {
  if (takes_inference_kernels(input)) {
    return conv3x3({{input.contiguous(), {}, 1}}, weight, bias, {}).values;
  }
  checked_shape({{input, {}, 1}}, weight, bias, 1, 3);
  return differentiable_conv3x3(input, weight, bias);
}

}  // namespace nmsw
