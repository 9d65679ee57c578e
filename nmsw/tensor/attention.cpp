#include "nmsw/tensor/attention.h"

#include <ATen/Parallel.h>

#include <cmath>

#include "nmsw/kernels/window_attention.h"
#include "nmsw/tensor/elements.h"
#include "nmsw/tensor/own_kernels.h"
#include "nmsw/tensor/shared_work.h"

namespace nmsw {

void attend_windows(const Tensor& qkv, const Tensor& bias, int64_t first, int64_t count,
                    const Tensor& out) {
  const int64_t heads = bias.size(0), n = bias.size(1), channels = out.size(1);
  check_shape(bias, {heads, n, n}, "attention bias");
  check_shape(out, {qkv.size(0), channels}, "attention output");
  check_shape(qkv, {kAnySize, 3 * channels}, "queries, keys and values");
  const Tensor rows = qkv.contiguous(), offsets = bias.contiguous();
  const int64_t size = channels / heads, vectors = query_vectors(n),
                arranged_size = vectors * query_vector_floats(n);
  const WindowAttention window{n, size, 3 * channels, channels,
                               static_cast<float>(1 / std::sqrt(static_cast<double>(size)))};
  const Elements<float> arranged(heads * arranged_size);
  at::parallel_for(0, heads * vectors, 1, [&](int64_t begin, int64_t end) {
    for (int64_t i = begin; i < end; ++i) {
      arrange_attention_bias(offsets.data_ptr<float>() + i / vectors * n * n, n, i % vectors,
                             arranged.data() + i * query_vector_floats(n));
    }
  });
  const auto attend =
      takes_bf16_products(qkv) ? window_attention<Bf16Pair> : window_attention<float>;
  const float* const in = rows.data_ptr<float>();
  float* const to = out.data_ptr<float>();
  share_out(count * heads, [&](SharedWork& shared) {
    const Elements<float> scratch(window_attention_scratch(window));
    for (int64_t begin, end; shared.next(begin, end);) {
      for (int64_t i = begin; i < end; ++i) {
        const int64_t token = (first + i / heads) * n, head = i % heads;
        const float* q = in + token * 3 * channels + head * size;
        attend(window, q, q + channels, q + 2 * channels, arranged.data() + head * arranged_size,
               scratch.data(), to + token * channels + head * size);
      }
    }
  });
}

}  // namespace nmsw
