#include "nmsw/ops/attention.h"

#include <algorithm>
#include <cmath>

#include "nmsw/kernels/fused/window_attention.h"
#include "nmsw/kernels/simd/vector_width.h"
#include "nmsw/ops/elements.h"
#include "nmsw/ops/kernel_choice.h"
#include "nmsw/ops/parallel_dynamic.h"

namespace nmsw {

namespace {

/// Matrices [n,n] in the kernel's layout, one behind the other.
class ArrangedBias {
 public:
  ArrangedBias(const Tensor& matrices, int64_t n)
      : vectors_(query_vectors(n)), step_(query_vector_floats(n)), held_(count(matrices, n)) {
    const Tensor from = matrices.contiguous();
    share_out_each(matrices.numel() / (n * n) * vectors_, [&](int64_t i) {
      arrange_attention_bias(from.data_ptr<float>() + i / vectors_ * n * n, n, i % vectors_,
                             held_.data() + i * step_);
    });
  }
  const float* matrix(int64_t i) const { return held_.data() + i * vectors_ * step_; }

 private:
  int64_t count(const Tensor& matrices, int64_t n) const {
    return matrices.numel() / (n * n) * vectors_ * step_;
  }
  int64_t vectors_, step_;
  Elements<float> held_;
};

/// For every vector of queries of every window, whether one of its rows is needed.
std::vector<uint8_t> vectors_asked_for(const Tensor& rows, int64_t windows, int64_t n) {
  const Tensor asked = rows.contiguous();
  const bool* row = asked.data_ptr<bool>();
  std::vector<uint8_t> vectors;
  vectors.reserve(static_cast<size_t>(windows * query_vectors(n)));
  for (int64_t window = 0; window < windows; ++window, row += n) {
    for (int64_t i = 0; i < n; i += kLanes) {
      const bool* const end = row + std::min(n, i + kLanes);
      vectors.push_back(std::find(row + i, end, true) == end ? 0 : 1);
    }
  }
  return vectors;
}

}  // namespace

Tensor attend_windows(const Tensor& qkv, const Tensor& positions,
                      const std::vector<WindowGroup>& groups, const Tensor& asked_for) {
  check_shape(positions, {kAnySize, kAnySize, kAnySize}, "attention positions");
  const int64_t heads = positions.size(0), n = positions.size(1);
  check_shape(positions, {heads, n, n}, "attention positions");
  check_shape(qkv, {kAnySize, kAnySize}, "queries, keys and values");
  const int64_t size = qkv.size(1) / (3 * heads), channels = heads * size;
  std::vector<Tensor> masks;
  std::vector<int64_t> mask_of_window;  // -1: none
  for (const WindowGroup& group : groups) {
    int64_t mask = -1;
    if (group.mask.defined()) {
      check_shape(group.mask, {n, n}, "attention mask");
      mask = static_cast<int64_t>(masks.size());
      masks.push_back(group.mask);
    }
    mask_of_window.insert(mask_of_window.end(), static_cast<size_t>(group.windows), mask);
  }
  const auto windows = static_cast<int64_t>(mask_of_window.size());
  check_shape(qkv, {windows * n, 3 * channels}, "queries, keys and values");
  std::vector<uint8_t> asked;
  if (asked_for.defined()) {
    check_shape(asked_for, {windows * n}, "rows of attention that are asked for");
    asked = vectors_asked_for(asked_for, windows, n);
  }

  const Tensor rows = qkv.contiguous(), out = torch::empty({windows * n, channels}, qkv.options());
  const ArrangedBias position(positions, n);
  const ArrangedBias mask(masks.empty() ? torch::empty({0}) : torch::stack(masks), n);
  const auto attend =
      takes_bf16_products(qkv) ? window_attention<Bf16Pair> : window_attention<float>;
  const float* const in = rows.data_ptr<float>();
  float* const to = out.data_ptr<float>();
  const auto scale = static_cast<float>(1 / std::sqrt(static_cast<double>(size)));
  parallel_dynamic(windows * heads, [&](DynamicRanges& shared) {
    WindowAttention window{n, size, 3 * channels, channels, scale};
    const Elements<float> scratch(window_attention_scratch(window));
    for (int64_t begin, end; shared.next(begin, end);) {
      for (int64_t i = begin; i < end; ++i) {
        const int64_t at = i / heads, head = i % heads;
        const int64_t masked = mask_of_window[static_cast<size_t>(at)];
        window.positions = position.matrix(head);
        window.mask = masked < 0 ? nullptr : mask.matrix(masked);
        if (!asked.empty()) window.asked_for = asked.data() + at * query_vectors(n);
        const float* q = in + at * n * 3 * channels + head * size;
        attend(window, q, q + channels, q + 2 * channels, scratch.data(),
               to + at * n * channels + head * size);
      }
    }
  });
  return out;
}

}  // namespace nmsw
