#include "nmsw/kernels/gemm/tile_products.h"

namespace nmsw {

template <class Element>
void pack_pointwise_weight(const float* weight, int64_t in, int64_t out, Element* packed) {
  for (int64_t first = 0; first < out;) {
    const int64_t rows = rows_together(out - first);
    for (int64_t c = 0; c < in; c += kChannelsOf<Element>) {
      for (int64_t row = 0; row < rows; ++row) {
        const float* from = weight + (first + row) * in + c;
        const float numbers[] = {from[0], c + 1 < in ? from[1] : 0.0F};
        *packed++ = element_of<Element>(numbers);
      }
    }
    first += rows;
  }
}

template void pack_pointwise_weight<float>(const float*, int64_t, int64_t, float*);
template void pack_pointwise_weight<Bf16Pair>(const float*, int64_t, int64_t, Bf16Pair*);

}  // namespace nmsw
