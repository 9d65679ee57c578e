#pragma once

#include <vector>

#include "nmsw/tensor/tensor.h"

namespace nmsw::testing {

/// A tensor's values in row-major order; `Value` must be its scalar type.
template <class Value>
std::vector<Value> values_of(const Tensor& tensor) {
  const Tensor flat = tensor.contiguous();
  return {flat.data_ptr<Value>(), flat.data_ptr<Value>() + flat.numel()};
}

}  // namespace nmsw::testing
