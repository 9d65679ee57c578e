#include "nmsw/model/conv_aggregation.h"

#include "nmsw/backbones/module_path.h"

namespace nmsw {

ConvAggregation::ConvAggregation(int64_t num_classes) {
  const auto add = [this](const std::string& path, int64_t in, int64_t out) {
    convs_.push_back(
        register_at(*this, path, Conv3d(torch::nn::Conv3dOptions(in, out, 3).padding(1))));
  };
  add("aggregate.0.conv_0.conv", 2 * num_classes, 2 * num_classes);
  add("aggregate.0.conv_1.conv", 2 * num_classes, 2 * num_classes);
  add("aggregate.1.conv_0.conv", 2 * num_classes, num_classes);
  add("aggregate.1.conv_1.conv", num_classes, num_classes);
}

Tensor ConvAggregation::forward(const Tensor& patch_logits, const Tensor& coarse_logits) {
  constexpr double kSlope = 0.1;
  Tensor x = torch::cat({patch_logits, coarse_logits}, 1);
  x = torch::leaky_relu(convs_[0]->forward(x), kSlope);
  x = torch::leaky_relu(convs_[1]->forward(x), kSlope);
  return convs_[3]->forward(convs_[2]->forward(x));
}

}  // namespace nmsw
