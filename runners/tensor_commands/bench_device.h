#pragma once

#include "nmsw/tensor/tensor.h"
#include "runners/options/bench_options.h"

namespace nmsw::runners {

/// `nmsw bench` on a CUDA device: each network's patch in each precision, as inference computes it
/// and as LibTorch's autocast alone does, all in turn; how much of a pass the host needs to queue
/// it, and how many labels the precision changes. Printed, and written as CSV.
void bench_device(const BenchOptions& options, const torch::Device& device);

}  // namespace nmsw::runners
