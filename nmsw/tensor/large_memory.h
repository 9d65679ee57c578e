#pragma once

#include "nmsw/tensor/tensor.h"

namespace nmsw {

/// A float32 tensor on the CPU, its values not set, in memory beside the heap: what is allocated
/// and freed between two such tensors cannot settle in the place of the first, so that the second
/// would need its size again. A freed one's memory is kept for the next that needs more than
/// half of it, and goes back to the system when none of what is kept fits.
Tensor large_empty(at::IntArrayRef sizes);

/// For what a layer writes: large_empty from a size on that only a network's largest volumes have,
/// else from the heap.
Tensor volume_empty(at::IntArrayRef sizes);

}  // namespace nmsw
