#include "nmsw/backbones/nnunet_blocks.h"

#include "nmsw/backbones/module_path.h"
#include "nmsw/ops/kernel_choice.h"
#include "nmsw/ops/library_norm.h"

namespace nmsw {

namespace {

bool is_one(Int3 sizes) { return sizes == Int3{1, 1, 1}; }

}  // namespace

NormedConv::NormedConv(torch::nn::Module& root, const std::string& path, const Shape& shape) {
  Int3 padding{};
  for (size_t axis = 0; axis < 3; ++axis) padding[axis] = shape.kernel_dhw[axis] / 2;
  conv = register_at(root, path + ".conv",
                     Conv3d(torch::nn::Conv3dOptions(shape.in, shape.out, shape.kernel_dhw)
                                .stride(shape.stride_dhw)
                                .padding(torch::ExpandingArray<3>(padding))
                                .bias(shape.bias)));
  norm = register_at(root, path + ".norm",
                     torch::nn::GroupNorm(torch::nn::GroupNormOptions(shape.out, shape.out)));
}

DeferredNorm NormedConv::forward(const std::vector<DeferredNorm>& input, double slope) const {
  const Tensor& image = input.front().values;
  if (takes_inference_kernels(image) && conv->weight.scalar_type() == torch::kFloat) {
    ConvOptions wanted;
    wanted.with_moments = true;
    DeferredNorm output = conv.ptr()->forward_deferred(input, wanted);
    scale_norm(output, norm->weight, norm->bias);
    output.slope = slope;
    return output;
  }
  Tensor normed =
      library_norm(conv.ptr()->forward(joined(settled(input))), norm->weight, norm->bias);
  return {slope == 1 ? normed : torch::leaky_relu_(normed, slope), {}, 1};
}

NnUnetResBlock::NnUnetResBlock(torch::nn::Module& root, const std::string& path,
                               const NormedConv::Shape& shape)
    : stride_dhw_(shape.stride_dhw),
      first_(root, path + ".conv1", shape),
      second_(root, path + ".conv2", {shape.out, shape.out, shape.kernel_dhw}) {
  if (shape.in == shape.out) return;
  // The reference counts the pooling in front of it.
  const std::string place = is_one(stride_dhw_) ? ".skip.0" : ".skip.1";
  shortcut_ = NormedConv(root, path + place, {shape.in, shape.out, {1, 1, 1}, {1, 1, 1}, false});
}

void NnUnetResBlock::start_as_shortcut() {
  const torch::NoGradGuard no_grad;
  second_.norm->weight.zero_();
  second_.norm->bias.zero_();
}

DeferredNorm NnUnetResBlock::forward(DeferredNorm& input) const {
  settle(input);
  DeferredNorm x = second_.forward({first_.forward({input}, kNnUnetSlope)}, 1);
  DeferredNorm added = input;
  if (!is_one(stride_dhw_))
    added.values = torch::avg_pool3d(added.values, stride_dhw_, stride_dhw_);
  if (shortcut_.conv) added = shortcut_.forward({added}, 1);
  if (x.moments.defined()) return sum_pending(x, added, kNnUnetSlope);
  // In place: the norm's gradient does not need what is overwritten.
  x.values.add_(added.values);
  return {torch::leaky_relu_(x.values, kNnUnetSlope), {}, 1};
}

}  // namespace nmsw
