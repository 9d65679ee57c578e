#include "nmsw/ops/norm_activation.h"

#include <ATen/Parallel.h>

#include "nmsw/kernels/norm/norm_activation.h"
#include "nmsw/ops/kernel_choice.h"
#include "nmsw/ops/library_norm.h"

namespace nmsw {

namespace {

using torch::autograd::AutogradContext;
using torch::autograd::variable_list;

/// Fewer voxels are not worth another thread.
constexpr int64_t kVoxelsPerShare = 8192;

/// Calls work(i, voxels) for each channel of each item, in parallel.
template <class Work>
void for_channels(const Tensor& volumes, Work work) {
  const int64_t channels = volumes.size(0) * volumes.size(1);
  const int64_t voxels = product(extent_dhw(volumes));
  const int64_t grain = std::max<int64_t>(1, kVoxelsPerShare / voxels);
  at::parallel_for(0, channels, grain, [&](int64_t begin, int64_t end) {
    for (int64_t i = begin; i < end; ++i) work(i, voxels);
  });
}

Moments moments_at(const Tensor& moments, int64_t i) {
  const float* pair = moments.data_ptr<float>() + 2 * i;
  return {pair[0], pair[1]};
}

/// Applies the norm and the activation; `output` may be `input`.
void activate(const Tensor& input, const Tensor& moments, float slope, const Tensor& output) {
  const float* in = input.data_ptr<float>();
  float* out = output.data_ptr<float>();
  for_channels(input, [&](int64_t i, int64_t voxels) {
    norm_activation(in + i * voxels, voxels, moments_at(moments, i), slope, out + i * voxels);
  });
}

class NormActivation : public torch::autograd::Function<NormActivation> {
 public:
  static Tensor forward(AutogradContext* ctx, const Tensor& input, const Tensor& slope) {
    const Tensor values = input.contiguous();
    const Tensor moments = channel_moments(values);
    ctx->save_for_backward({values, slope, moments});
    const Tensor output = torch::empty_like(values);
    activate(values, moments, slope.item<float>(), output);
    return output;
  }

  static variable_list backward(AutogradContext* ctx, const variable_list& gradients) {
    const variable_list saved = ctx->get_saved_variables();
    const Tensor &input = saved[0], &moments = saved[2];
    const Tensor gradient = gradients[0].contiguous();
    const float slope = saved[1].item<float>();
    const Tensor to_input = torch::empty_like(input);
    const Tensor to_slopes =
        torch::empty({input.size(0) * input.size(1)}, torch::TensorOptions(torch::kDouble));
    const float *in = input.data_ptr<float>(), *from = gradient.data_ptr<float>();
    float* to = to_input.data_ptr<float>();
    double* slopes = to_slopes.data_ptr<double>();
    for_channels(input, [&](int64_t i, int64_t voxels) {
      slopes[i] = norm_activation_gradient(in + i * voxels, from + i * voxels, voxels,
                                           moments_at(moments, i), slope, to + i * voxels);
    });
    return {to_input,
            ctx->needs_input_grad(1) ? to_slopes.sum().to(torch::kFloat).view({1}) : Tensor()};
  }
};

}  // namespace

void write_moments(const MomentSums& sums, const Tensor& moments, int64_t i) {
  const Moments found = sums.moments(kInstanceNormEpsilon);
  float* to = moments.data_ptr<float>() + 2 * i;
  to[0] = found.mean;
  to[1] = found.inverse_deviation;
}

Tensor channel_moments(const Tensor& input) {
  const Tensor found = torch::empty({input.size(0) * input.size(1), 2}, input.options());
  const float* in = input.data_ptr<float>();
  for_channels(input, [&](int64_t i, int64_t voxels) {
    write_moments(moment_sums(in + i * voxels, voxels), found, i);
  });
  return found;
}

Tensor norm_activation(const Tensor& input, const Tensor& slope) {
  check_shape(input, {kAnySize, kAnySize, kAnySize, kAnySize, kAnySize}, "norm input");
  check_shape(slope, {1}, "slope");
  if (!takes_own_kernels(input)) {
    return torch::prelu(library_norm(input), slope.to(input.scalar_type()));
  }
  if (torch::GradMode::is_enabled()) return NormActivation::apply(input, slope);
  const Tensor values = input.contiguous();
  activate(values, channel_moments(values), slope.item<float>(), values);
  return values;
}

}  // namespace nmsw
