#include "nmsw/ops/depthwise.h"

#include <ATen/Parallel.h>

#include <algorithm>

#include "nmsw/kernels/conv/depthwise_conv.h"
#include "nmsw/ops/kernel_choice.h"
#include "nmsw/ops/norm_activation.h"
#include "nmsw/ops/parallel_dynamic.h"

namespace nmsw {

namespace {

using torch::autograd::AutogradContext;
using torch::autograd::variable_list;

/// Calls work(image, first plane, end plane), in parallel; an image is one channel of one item.
template <class Work>
void for_planes(int64_t images, Int3 extent, Work work) {
  const int64_t depth = extent[0];
  parallel_dynamic(images * depth, [&](DynamicRanges& shared) {
    for (int64_t begin, end; shared.next(begin, end);) {
      while (begin < end) {
        const int64_t z0 = begin % depth, z1 = std::min(depth, z0 + end - begin);
        work(begin / depth, z0, z1);
        begin += z1 - z0;
      }
    }
  });
}

Tensor empty_like_channels(const Tensor& input, Int3 extent) {
  return torch::empty({input.size(0), input.size(1), extent[0], extent[1], extent[2]},
                      input.options());
}

enum class Direction { gather, scatter };

/// The convolution or its transpose, channel by channel; an undefined bias is none. moments:
/// statistics of every plane of the output, or null.
Tensor apply_kernel(const Tensor& input, const Tensor& weight, const Tensor& bias,
                    const DepthwiseGrids& grids, Direction direction,
                    std::vector<MomentSums>* moments = nullptr) {
  const bool gather = direction == Direction::gather;
  const Int3 from = gather ? grids.fine_dhw : grids.coarse_dhw;
  const Int3 to = gather ? grids.coarse_dhw : grids.fine_dhw;
  const Tensor source = input.contiguous(), weights = weight.contiguous();
  const Tensor offsets = bias.defined() ? bias.contiguous() : bias;
  const Tensor output = empty_like_channels(input, to);
  const int64_t channels = input.size(1);
  const float* in = source.data_ptr<float>();
  const float* w = weights.data_ptr<float>();
  const float* b = bias.defined() ? offsets.data_ptr<float>() : nullptr;
  float* out = output.data_ptr<float>();
  if (moments != nullptr) moments->resize(static_cast<size_t>(input.size(0) * channels * to[0]));
  for_planes(input.size(0) * channels, to, [&](int64_t image, int64_t z0, int64_t z1) {
    const int64_t channel = image % channels;
    const auto kernel = gather ? &depthwise_gather : &depthwise_scatter;
    kernel(in + image * product(from), w + 27 * channel, b == nullptr ? 0.0F : b[channel], grids,
           z0, z1, out + image * product(to),
           moments == nullptr ? nullptr : moments->data() + image * to[0]);
  });
  return output;
}

DeferredNorm apply_with_moments(const Tensor& input, const Tensor& weight, const Tensor& bias,
                                const DepthwiseGrids& grids, Direction direction) {
  std::vector<MomentSums> planes;
  const Tensor output = apply_kernel(input, weight, bias, grids, direction, &planes);
  const int64_t images = output.size(0) * output.size(1);
  const Tensor moments = torch::empty({images, 2}, output.options());
  const auto depth = static_cast<std::ptrdiff_t>(output.size(2));
  for (int64_t i = 0; i < images; ++i) {
    MomentSums all;
    std::for_each_n(planes.begin() + i * depth, depth,
                    [&](const MomentSums& plane) { all.add(plane); });
    write_moments(all, moments, i);
  }
  return {output, moments, 1};
}

DepthwiseGrids doubling_grids(const Tensor& input) {
  Int3 fine = extent_dhw(input);
  for (int64_t& size : fine) size = 2 * size - 1;
  return depthwise_grids(fine, 2);
}

/// Weight gradient [C,1,3,3,3]; the items of a batch are added in their order.
Tensor weight_gradient(const Tensor& fine, const Tensor& coarse, const DepthwiseGrids& grids) {
  const Tensor fine_values = fine.contiguous(), coarse_values = coarse.contiguous();
  const int64_t batch = fine.size(0), channels = fine.size(1);
  const Tensor sums = torch::zeros({channels, 1, 3, 3, 3}, torch::kDouble);
  const float* f = fine_values.data_ptr<float>();
  const float* c = coarse_values.data_ptr<float>();
  double* weight = sums.data_ptr<double>();
  at::parallel_for(0, channels, 1, [&](int64_t begin, int64_t end) {
    for (int64_t channel = begin; channel < end; ++channel) {
      for (int64_t n = 0; n < batch; ++n) {
        const int64_t image = n * channels + channel;
        depthwise_products(f + image * product(grids.fine_dhw),
                           c + image * product(grids.coarse_dhw), grids, weight + 27 * channel);
      }
    }
  });
  return sums.to(torch::kFloat);
}

class Depthwise : public torch::autograd::Function<Depthwise> {
 public:
  static Tensor forward(AutogradContext* ctx, const Tensor& input, const Tensor& weight,
                        const Tensor& bias, const DepthwiseGrids& grids, Direction direction) {
    ctx->save_for_backward({input, weight});
    const Int3 fine = grids.fine_dhw;
    ctx->saved_data["fine"] = std::vector<int64_t>(fine.begin(), fine.end());
    ctx->saved_data["stride"] = grids.stride;
    ctx->saved_data["gather"] = direction == Direction::gather;
    return apply_kernel(input, weight, bias, grids, direction);
  }

  static variable_list backward(AutogradContext* ctx, const variable_list& gradients) {
    const variable_list saved = ctx->get_saved_variables();
    const Tensor &input = saved[0], &weight = saved[1], &gradient = gradients[0];
    const std::vector<int64_t> fine = ctx->saved_data["fine"].toIntVector();
    const DepthwiseGrids grids =
        depthwise_grids({fine[0], fine[1], fine[2]}, ctx->saved_data["stride"].toInt());
    const bool gather = ctx->saved_data["gather"].toBool();
    const Tensor to_input =
        apply_kernel(gradient, weight, {}, grids, gather ? Direction::scatter : Direction::gather);
    const Tensor to_weight =
        gather ? weight_gradient(input, gradient, grids) : weight_gradient(gradient, input, grids);
    return {to_input, to_weight, gradient.sum({0, 2, 3, 4}), Tensor(), Tensor()};
  }
};

void check_channels(const Tensor& input, const Tensor& weight, const Tensor& bias) {
  check_shape(input, {kAnySize, kAnySize, kAnySize, kAnySize, kAnySize}, "depth-wise input");
  check_shape(weight, {input.size(1), 1, 3, 3, 3}, "depth-wise weight");
  check_shape(bias, {input.size(1)}, "depth-wise bias");
}

}  // namespace

Tensor depthwise_conv(const Tensor& input, const Tensor& weight, const Tensor& bias,
                      int64_t stride) {
  check_channels(input, weight, bias);
  if (!takes_own_kernels(input)) {
    return torch::conv3d(input, weight, bias, stride, 1, 1, input.size(1));
  }
  return Depthwise::apply(input, weight, bias, depthwise_grids(extent_dhw(input), stride),
                          Direction::gather);
}

Tensor depthwise_conv_transpose(const Tensor& input, const Tensor& weight, const Tensor& bias) {
  check_channels(input, weight, bias);
  if (!takes_own_kernels(input)) {
    return torch::conv_transpose3d(input, weight, bias, 2, 1, 0, input.size(1));
  }
  return Depthwise::apply(input, weight, bias, doubling_grids(input), Direction::scatter);
}

DeferredNorm deferred_depthwise_conv(const Tensor& input, const Tensor& weight, const Tensor& bias,
                                     int64_t stride) {
  check_channels(input, weight, bias);
  return apply_with_moments(input, weight, bias, depthwise_grids(extent_dhw(input), stride),
                            Direction::gather);
}

DeferredNorm deferred_depthwise_conv_transpose(const Tensor& input, const Tensor& weight,
                                               const Tensor& bias) {
  check_channels(input, weight, bias);
  return apply_with_moments(input, weight, bias, doubling_grids(input), Direction::scatter);
}

}  // namespace nmsw
