#include "nmsw/backbones/mixed_precision.h"

#include "nmsw/tensor/autocast.h"

namespace nmsw {
namespace {

torch::ScalarType scalar_type_of(Precision precision) {
  return precision == Precision::fp16   ? torch::kHalf
         : precision == Precision::bf16 ? torch::kBFloat16
                                        : torch::kFloat;
}

}  // namespace

BackboneOutput forward_in(Precision precision, Backbone& network, const Tensor& image) {
  BackboneOutput output;
  {
    const AutocastGuard guard(image.device().type(), scalar_type_of(precision));
    output = network.forward(image);
  }
  if (precision == Precision::fp32) return output;
  output.logits = output.logits.to(torch::kFloat);
  output.features.back() = output.features.back().to(torch::kFloat);
  return output;
}

void require_precision(Precision precision, const torch::Device& device) {
  if (precision == Precision::fp32 || device.is_cuda()) return;
  throw ConfigError(
      "training.precision: {} needs an NVIDIA device, and "
      "training runs on {}; set "
      "training.precision to fp32 or choose "
      "--device cuda",
      enum_name(precision), device.str());
}

}  // namespace nmsw
