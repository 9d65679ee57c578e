#include "nmsw/tensor/attention.h"

#include <ATen/Parallel.h>

#include <cmath>

#include "nmsw/kernels/window_attention.h"

namespace nmsw {

void attend_windows(const Tensor& qkv, const Tensor& bias, int64_t first, int64_t count,
                    const Tensor& out) {
  const int64_t heads = bias.size(0), n = bias.size(1), channels = out.size(1);
  check_shape(bias, {heads, n, n}, "attention bias");
  check_shape(out, {qkv.size(0), channels}, "attention output");
  check_shape(qkv, {kAnySize, 3 * channels}, "queries, keys and values");
  const Tensor rows = qkv.contiguous(), offsets = bias.transpose(1, 2).contiguous();
  const int64_t size = channels / heads;
  const WindowAttention window{n, size, 3 * channels, channels,
                               static_cast<float>(1 / std::sqrt(static_cast<double>(size)))};
  const float *in = rows.data_ptr<float>(), *positions = offsets.data_ptr<float>();
  float* to = out.data_ptr<float>();
  at::parallel_for(0, count * heads, 1, [&](int64_t begin, int64_t end) {
    const Tensor scratch = torch::empty({window_attention_scratch(window)}, torch::kFloat);
    for (int64_t i = begin; i < end; ++i) {
      const int64_t token = (first + i / heads) * n, head = i % heads;
      const float* q = in + token * 3 * channels + head * size;
      window_attention(window, q, q + channels, q + 2 * channels, positions + head * n * n,
                       scratch.data_ptr<float>(), to + token * channels + head * size);
    }
  });
}

}  // namespace nmsw
