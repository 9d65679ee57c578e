#include "nmsw/tensor/tensor.h"

#include <algorithm>
#include <string>

namespace nmsw {

namespace {

std::string shape_text(torch::IntArrayRef sizes) {
  std::string text;
  for (const int64_t size : sizes) {
    text +=
        (text.empty() ? "" : ",") + (size == kAnySize ? std::string("any") : std::to_string(size));
  }
  return "[" + text + "]";
}

}  // namespace

void check_shape(const Tensor& tensor, std::initializer_list<int64_t> sizes,
                 std::string_view name) {
  const torch::IntArrayRef wanted(sizes.begin(), sizes.size());
  if (!tensor.defined()) {
    throw ShapeError("{} is an undefined tensor; expected {}", name, shape_text(wanted));
  }
  bool fits = tensor.dim() == static_cast<int64_t>(wanted.size());
  for (size_t axis = 0; fits && axis < wanted.size(); ++axis) {
    fits = wanted[axis] == kAnySize || wanted[axis] == tensor.size(static_cast<int64_t>(axis));
  }
  if (!fits) {
    throw ShapeError("{} is {}; expected {}", name, shape_text(tensor.sizes()), shape_text(wanted));
  }
}

Tensor queued_copy(const Tensor& numbers, const torch::Device& device) {
  if (!device.is_cuda()) return numbers.to(device);
  // A copy from memory that is not pinned waits until the device has nothing else to do.
  return numbers.contiguous().pin_memory().to(device, /*non_blocking=*/true);
}

Int3 extent_dhw(const Tensor& tensor) {
  if (tensor.dim() < 3) {
    throw ShapeError("a volume needs three axes; this tensor is {}", shape_text(tensor.sizes()));
  }
  return {tensor.size(-3), tensor.size(-2), tensor.size(-1)};
}

Int3 reversed(Int3 extent) { return {extent[2], extent[1], extent[0]}; }

Int3 round_up(Int3 extent, Int3 multiple) {
  for (size_t axis = 0; axis < 3; ++axis) {
    extent[axis] = (extent[axis] + multiple[axis] - 1) / multiple[axis] * multiple[axis];
  }
  return extent;
}

Int3 at_least(Int3 extent, Int3 minimum) {
  for (size_t axis = 0; axis < 3; ++axis) extent[axis] = std::max(extent[axis], minimum[axis]);
  return extent;
}

int64_t product(Int3 extent) { return extent[0] * extent[1] * extent[2]; }

}  // namespace nmsw
