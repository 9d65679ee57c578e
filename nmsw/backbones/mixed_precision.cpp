#include "nmsw/backbones/mixed_precision.h"

#include "nmsw/ops/kernel_choice.h"
#include "nmsw/ops/library_norm.h"
#include "nmsw/tensor/autocast.h"
#include "nmsw/tensor/device_arithmetic.h"

namespace nmsw {
namespace {

/// Timing cuDNN's algorithms takes about as long as so many passes. Whoever does it after as many
/// never takes more than twice the time that knowing the number of passes would; a scan's global
/// network, whose shape comes once, never pays for it.
constexpr int64_t kPassesBeforeTuning = 8;

torch::ScalarType scalar_type_of(Precision precision) {
  return precision == Precision::fp16   ? torch::kHalf
         : precision == Precision::bf16 ? torch::kBFloat16
                                        : torch::kFloat;
}

}  // namespace

BackboneOutput forward_in(Precision precision, Backbone& network, const Tensor& image) {
  if (takes_inference_kernels(image)) {
    const Bf16Inference guard(precision == Precision::bf16);
    return network.forward(image);
  }
  BackboneOutput output;
  {
    const bool again = image.is_cuda() && network.count_shape(image.sizes()) > kPassesBeforeTuning;
    const ConvolutionTuning tuning(again);
    const AutocastGuard guard(image.device().type(), scalar_type_of(precision));
    const ChannelsLastInference layout(precision != Precision::fp32 && image.is_cuda());
    output = network.forward(image);
  }
  if (precision == Precision::fp32) return output;
  for (Tensor* read : {&output.logits, &output.features.back()}) {
    *read = read->to(torch::kFloat, /*non_blocking=*/false, /*copy=*/false,
                     torch::MemoryFormat::Contiguous);
  }
  return output;
}

LazyVolume lazy_logits_in(Precision precision, Backbone& network, const Tensor& image) {
  if (!takes_inference_kernels(image)) return forward_in(precision, network, image).logits;
  const Bf16Inference guard(precision == Precision::bf16);
  return network.lazy_logits(image);
}

double labels_changed(Precision precision, Backbone& network, const Tensor& image) {
  const c10::InferenceMode inference;
  const Tensor labels = forward_in(Precision::fp32, network, image).logits.argmax(1);
  const Tensor changed = forward_in(precision, network, image).logits.argmax(1).ne(labels);
  return changed.to(torch::kDouble).mean().item<double>();
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

void require_inference_precision(Precision precision, const torch::Device& device) {
  if (precision != Precision::fp16 || device.is_cuda()) return;
  throw ConfigError(
      "--precision fp16: needs an NVIDIA device, and this runs on {}; choose bf16 or fp32",
      device.str());
}

}  // namespace nmsw
