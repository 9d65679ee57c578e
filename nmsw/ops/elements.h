#pragma once

#include "nmsw/kernels/simd/fma_products.h"
#include "nmsw/tensor/tensor.h"

namespace nmsw {

/// Memory for weights or scratch of a kernel, floats or pairs. Allocated as a tensor, so that it
/// comes from the same pool of pages.
template <class Element>
class Elements {
 public:
  explicit Elements(int64_t count) : held_(torch::empty({count}, torch::kInt)) {
    static_assert(sizeof(Element) == sizeof(int32_t));
  }
  Element* data() const { return static_cast<Element*>(held_.data_ptr()); }

 private:
  Tensor held_;
};

}  // namespace nmsw
