#include "nmsw/aggregation/aggregate.h"

#include "nmsw/tensor/patch_ops.h"
#include "nmsw/tensor/resize.h"

namespace nmsw {

namespace {

using torch::autograd::AutogradContext;
using torch::autograd::variable_list;

/// Keeps W of METHOD 2.9 above 0 where no patch lies.
constexpr double kNoWeight = 1e-20;

class BlendPatches : public torch::autograd::Function<BlendPatches> {
 public:
  static Tensor forward(AutogradContext* ctx, const Tensor& patches, const Tensor& importance,
                        const std::vector<Int3>& starts, Int3 extent, OverlapBlend blend) {
    const Int3 size = extent_dhw(patches);
    Tensor sum =
        torch::zeros({1, patches.size(1), extent[0], extent[1], extent[2]}, patches.options());
    Tensor weight;
    if (blend == OverlapBlend::normalised) {
      weight = torch::full({extent[0], extent[1], extent[2]}, kNoWeight, patches.options());
    }
    std::vector<int64_t> flat;
    for (size_t k = 0; k < starts.size(); ++k) {
      const Tensor patch = patches[static_cast<int64_t>(k)].unsqueeze(0);
      crop(sum, starts[k], size).add_(patch * importance);
      if (weight.defined()) crop(weight, starts[k], size).add_(importance);
      flat.insert(flat.end(), starts[k].begin(), starts[k].end());
    }
    if (weight.defined()) sum.div_(weight);
    ctx->save_for_backward({importance, weight});
    ctx->saved_data["starts"] = flat;
    return sum;
  }

  static variable_list backward(AutogradContext* ctx, const variable_list& gradients) {
    const variable_list saved = ctx->get_saved_variables();
    const Tensor &importance = saved[0], &weight = saved[1];
    const std::vector<int64_t> flat = ctx->saved_data["starts"].toIntVector();
    const Int3 size = extent_dhw(importance);
    std::vector<Tensor> to_patches;
    for (size_t i = 0; i < flat.size(); i += 3) {
      const Int3 start{flat[i], flat[i + 1], flat[i + 2]};
      Tensor share = importance;
      if (weight.defined()) share = share / crop(weight, start, size);
      to_patches.push_back(crop(gradients[0], start, size) * share);
    }
    return {torch::cat(to_patches), Tensor(), Tensor(), Tensor(), Tensor()};
  }
};

}  // namespace

Tensor blend_patches(const Tensor& patches, const std::vector<Int3>& starts,
                     const Tensor& importance, Int3 extent, OverlapBlend blend) {
  check_shape(patches,
              {static_cast<int64_t>(starts.size()), kAnySize, kAnySize, kAnySize, kAnySize},
              "patch logits");
  check_shape(importance, {patches.size(2), patches.size(3), patches.size(4)}, "importance map");
  return BlendPatches::apply(patches, importance.to(patches.device()), starts, extent, blend);
}

Tensor covered_voxels(const std::vector<Int3>& starts, Int3 patch, Int3 extent,
                      torch::Device device) {
  const Tensor covered = torch::zeros({extent[0], extent[1], extent[2]},
                                      torch::TensorOptions(torch::kBool).device(device));
  for (const Int3& start : starts) crop(covered, start, patch).fill_(true);
  return covered;
}

Tensor covered_coarse(const Tensor& covered, Int3 coarse) {
  const Int3 extent = extent_dhw(covered);
  Tensor low = covered;
  for (size_t axis = 0; axis < 3; ++axis) {
    std::vector<int64_t> index;
    for (int64_t i = 0; i < coarse[axis]; ++i) index.push_back(i * extent[axis] / coarse[axis]);
    low = low.index_select(static_cast<int64_t>(axis),
                           queued_copy(torch::tensor(index, torch::kLong), low.device()));
  }
  return low;
}

Tensor yield_to_patches(const Tensor& coarse_logits, const Tensor& covered,
                        const Tensor& class_weight) {
  const Tensor low = covered_coarse(covered, extent_dhw(coarse_logits));
  return coarse_logits * (1 - class_weight * low.to(coarse_logits.options()));
}

Tensor aggregate_class_weight(const Tensor& blended, const Tensor& covered,
                              const Tensor& coarse_logits, const Tensor& class_weight) {
  const Tensor coarse = yield_to_patches(coarse_logits, covered, class_weight);
  return class_weight * blended + resize_trilinear(coarse, extent_dhw(blended));
}

Tensor aggregate_paste(const Tensor& blended, const Tensor& covered, const Tensor& coarse_logits) {
  const Tensor up = resize_trilinear(coarse_logits, extent_dhw(blended));
  return blended + up * covered.logical_not().to(up.device());
}

}  // namespace nmsw
