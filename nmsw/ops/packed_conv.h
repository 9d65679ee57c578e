#pragma once

#include <ATen/Parallel.h>

#include "nmsw/kernels/conv/conv_kernels.h"
#include "nmsw/ops/deferred_norm.h"
#include "nmsw/ops/elements.h"
#include "nmsw/ops/norm_activation.h"
#include "nmsw/ops/parallel_dynamic.h"

namespace nmsw {

/// Packs a weight, in parallel.
template <class Element>
Elements<Element> packed_weight(const ConvKernel<Element>& kernel, const Tensor& weight,
                                const ConvShape& shape) {
  const Tensor values = weight.contiguous();
  Elements<Element> packed(kernel.packed_size(shape.in_channels, shape.out_channels));
  const int64_t shares = at::get_num_threads();
  at::parallel_for(0, shares, 1, [&](int64_t begin, int64_t end) {
    for (int64_t i = begin; i < end; ++i) {
      kernel.pack(values.data_ptr<float>(), shape.in_channels, shape.out_channels, packed.data(),
                  {i, shares});
    }
  });
  return packed;
}

/// Operands of a convolution.
struct ConvTask {
  std::vector<DeferredNorm> input;
  Tensor weight, bias;
  ConvKind kind;
  ConvShape shape;
  std::vector<DeferredNorm> added = {};
};

/// Outputs of this size or more have left the caches before they are read.
inline constexpr size_t kCachedBytes = size_t{64} << 20;

/// A convolution by one of the kernels, with its weights packed.
template <class Element>
class PackedConv {
 public:
  PackedConv(const ConvKernel<Element>& kernel, const ConvTask& task)
      : kernel_(&kernel),
        task_(task),
        packed_(packed_weight(kernel, task.weight, task.shape)),
        bias_(task.bias.defined() ? task.bias.contiguous() : task.bias),
        out_dhw_(output_extent_dhw(task.kind, task.shape.extent_dhw)) {}

  /// The whole output, with mean and rstd of its channels if they are wanted.
  DeferredNorm whole(bool with_moments) const {
    const int64_t channels = task_.shape.out_channels;
    DeferredNorm output{empty(out_dhw_[0]), {}, 1};
    std::vector<MomentSums> sums;
    if (with_moments) {
      output.moments = torch::empty({batch() * channels, 2}, torch::kFloat);
      sums.resize(static_cast<size_t>(blocks() * channels));
    }
    for (int64_t n = 0; n < batch(); ++n) {
      run(n, 0, blocks(), 0, output.values, with_moments ? sums.data() : nullptr);
      if (with_moments) write_all_moments(sums, channels, output.moments, n);
    }
    return output;
  }

  /// Output planes of a block.
  int64_t step() const { return kernel_->planes(task_.shape); }
  int64_t depth() const { return out_dhw_[0]; }

  /// Output planes first … last-1; `first` is a multiple of step().
  Tensor planes(int64_t first, int64_t last) const {
    const int64_t blocks_of_step = blocks() / ceil_div(out_dhw_[0], step());
    const Tensor output = empty(last - first);
    for (int64_t n = 0; n < batch(); ++n) {
      run(n, first / step() * blocks_of_step, ceil_div(last, step()) * blocks_of_step, first,
          output, nullptr);
    }
    return output;
  }

 private:
  int64_t batch() const { return task_.input.front().values.size(0); }
  int64_t blocks() const { return kernel_->blocks(task_.shape); }
  Tensor empty(int64_t planes) const {
    return torch::empty({batch(), task_.shape.out_channels, planes, out_dhw_[1], out_dhw_[2]},
                        torch::kFloat);
  }

  /// Runs some blocks of item n, in parallel, into planes that begin with `plane`.
  void run(int64_t n, int64_t first_block, int64_t last_block, int64_t plane, const Tensor& output,
           MomentSums* moments) const {
    const std::vector<FusedChannel> in = channels_of(task_.input, n),
                                    added = channels_of(task_.added, n);
    ConvArgs<Element> conv;
    conv.shape = task_.shape;
    conv.in = in.data();
    conv.weight = packed_.data();
    conv.bias = bias_.defined() ? bias_.template data_ptr<float>() : nullptr;
    conv.added = added.empty() ? nullptr : added.data();
    conv.out = output.template data_ptr<float>() + n * output.stride(0);
    conv.out_step = output.stride(1);
    conv.out_begin = plane * output.stride(2);
    conv.past_caches = kernel_->writes_in_rows && output.nbytes() >= kCachedBytes;
    conv.moments = moments;
    parallel_dynamic(last_block - first_block, [&](DynamicRanges& shared) {
      const Elements<float> scratch(kernel_->scratch(conv.shape));
      for (int64_t first, last; shared.next(first, last);) {
        kernel_->run(conv, first_block + first, first_block + last, scratch.data());
        fence_streamed_stores();
      }
    });
  }

  /// Merges the statistics of the blocks, in their order, into mean and rstd of item n.
  static void write_all_moments(const std::vector<MomentSums>& blocks, int64_t channels,
                                const Tensor& moments, int64_t n) {
    for (int64_t o = 0; o < channels; ++o) {
      MomentSums all;
      for (auto i = static_cast<size_t>(o); i < blocks.size(); i += static_cast<size_t>(channels)) {
        all.add(blocks[i]);
      }
      write_moments(all, moments, n * channels + o);
    }
  }

  const ConvKernel<Element>* kernel_;
  ConvTask task_;
  Elements<Element> packed_;
  Tensor bias_;
  Int3 out_dhw_;
};

}  // namespace nmsw
