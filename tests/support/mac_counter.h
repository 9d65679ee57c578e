#pragma once

#include <functional>
#include <memory>

#include <ATen/record_function.h>
#include <torch/torch.h>

namespace nmsw::testing {

/// Multiply-accumulates of everything that LibTorch's dispatcher executes on this thread, from the
/// shapes it sees: a count that knows nothing of our networks. A transposed convolution is charged
/// by its input voxels. Our own float32 kernels stay unseen; in double precision everything is
/// LibTorch's.
class MacCounter {
 public:
  MacCounter() {
    counted() = 0;
    handle_ = at::addThreadLocalCallback(
        at::RecordFunctionCallback(on_call).needsInputs(true).scopes({at::RecordScope::FUNCTION}));
  }
  ~MacCounter() { at::removeCallback(handle_); }
  MacCounter(const MacCounter&) = delete;
  MacCounter& operator=(const MacCounter&) = delete;
  double macs() const { return counted(); }

 private:
  static double& counted() {
    static thread_local double macs = 0;
    return macs;
  }
  static double numel(const c10::IValue& value) {
    return static_cast<double>(value.toTensor().numel());
  }
  static double transposed_convolution(const torch::Tensor& input, const torch::Tensor& weight) {
    return static_cast<double>(input.numel() / input.size(1) * weight.numel());
  }
  static double convolution(const torch::Tensor& input, const torch::Tensor& weight,
                            const std::vector<int64_t>& stride,
                            const std::vector<int64_t>& padding) {
    double places = static_cast<double>(input.size(0));
    // A list of one number holds for every axis.
    const auto on_axis = [](const std::vector<int64_t>& list, int64_t axis) {
      return list.at(list.size() == 1 ? 0 : static_cast<size_t>(axis));
    };
    for (int64_t axis = 0; axis < input.dim() - 2; ++axis) {
      places *= static_cast<double>(
          (input.size(axis + 2) + 2 * on_axis(padding, axis) - weight.size(axis + 2)) /
              on_axis(stride, axis) +
          1);
    }
    return places * static_cast<double>(weight.numel());
  }
  static std::unique_ptr<at::ObserverContext> on_call(const at::RecordFunction& call) {
    const std::string name = call.name();
    const auto inputs = call.inputs();
    if (name == "aten::convolution") {
      const torch::Tensor input = inputs[0].toTensor(), weight = inputs[1].toTensor();
      counted() += inputs[6].toBool() ? transposed_convolution(input, weight)
                                      : convolution(input, weight, inputs[3].toIntVector(),
                                                    inputs[4].toIntVector());
    } else if (name == "aten::mm" || name == "aten::bmm") {
      counted() += numel(inputs[0]) * static_cast<double>(inputs[1].toTensor().size(-1));
    } else if (name == "aten::addmm") {
      counted() += numel(inputs[1]) * static_cast<double>(inputs[2].toTensor().size(-1));
    }
    return nullptr;
  }

  at::CallbackHandle handle_;
};

}  // namespace nmsw::testing
