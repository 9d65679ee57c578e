#pragma once

#include <initializer_list>
#include <string_view>

#include <torch/torch.h>

#include "nmsw/base/error.h"
#include "nmsw/base/volume.h"

namespace nmsw {

using torch::Tensor;

/// Any size along that axis, in `check_shape`.
inline constexpr int64_t kAnySize = -1;

/// Throws ShapeError unless the tensor has exactly these sizes (kAnySize takes any); `name` says
/// which tensor.
void check_shape(const Tensor& tensor, std::initializer_list<int64_t> sizes, std::string_view name);

/// A CPU tensor's copy on the device, made when the device comes to it, so that nothing waits. On
/// the CPU the tensor itself.
Tensor queued_copy(const Tensor& numbers, const torch::Device& device);

/// The last three sizes of a tensor. Throws ShapeError for fewer than three axes.
Int3 extent_dhw(const Tensor& tensor);

/// Tensor order d,h,w from file order x,y,z, or the other way round.
Int3 reversed(Int3 extent);

/// Each axis rounded up to a multiple.
Int3 round_up(Int3 extent, Int3 multiple);
Int3 at_least(Int3 extent, Int3 minimum);
int64_t product(Int3 extent);

}  // namespace nmsw
