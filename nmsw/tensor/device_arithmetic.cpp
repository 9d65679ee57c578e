#include "nmsw/tensor/device_arithmetic.h"

#include <atomic>
#include <cstdlib>

#include <ATen/Context.h>
#include <torch/version.h>

namespace nmsw {

namespace {

std::atomic<int> no_tuning{0};

}  // namespace

void use_arithmetic(const DeviceArithmetic& arithmetic, const torch::Device& device) {
  if (!device.is_cuda()) return;
  at::Context& context = at::globalContext();
  context.setAllowTF32CuDNN(arithmetic.tf32);
  context.setDeterministicCuDNN(arithmetic.deterministic);
  context.setDeterministicAlgorithms(arithmetic.deterministic, /*warn_only=*/false);
#if TORCH_VERSION_MAJOR > 2 || (TORCH_VERSION_MAJOR == 2 && TORCH_VERSION_MINOR >= 2)
  // Every element of a tensor made empty is written here before it is read.
  context.setDeterministicFillUninitializedMemory(false);
#endif
  // Without a workspace of its own for each stream cuBLAS adds in no fixed order, and LibTorch
  // throws.
  if (arithmetic.deterministic) setenv("CUBLAS_WORKSPACE_CONFIG", ":4096:8", /*overwrite=*/0);
}

DeviceArithmetic arithmetic_in_use() {
  const at::Context& context = at::globalContext();
  return {context.allowTF32CuDNN(), context.deterministicAlgorithms()};
}

std::string arithmetic_text(const DeviceArithmetic& arithmetic) {
  return std::string(arithmetic.tf32 ? "TF32 convolutions" : "float32 convolutions") +
         (arithmetic.deterministic ? ", deterministic" : ", not deterministic");
}

ConvolutionTuning::ConvolutionTuning(bool active) : before_(at::globalContext().benchmarkCuDNN()) {
  const bool tunes = active && no_tuning == 0 && !at::globalContext().deterministicAlgorithms();
  if (tunes) at::globalContext().setBenchmarkCuDNN(true);
}

ConvolutionTuning::~ConvolutionTuning() { at::globalContext().setBenchmarkCuDNN(before_); }

NoConvolutionTuning::NoConvolutionTuning() : on_(no_tuning, true) {}

}  // namespace nmsw
