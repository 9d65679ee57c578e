#pragma once

#include "nmsw/tensor/tensor.h"

namespace nmsw {

/// A float32 tensor on the CPU, its values not set, in memory beside the heap: what is allocated
/// and freed between two such tensors cannot settle in the place of the first, so that the second
/// would need its size again. A freed one's memory is kept for the next that it is large enough
/// for, and goes back to the system when a larger one is asked for.
Tensor large_empty(at::IntArrayRef sizes);

}  // namespace nmsw
