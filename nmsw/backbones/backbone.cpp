#include "nmsw/backbones/backbone.h"

namespace nmsw {

void Backbone::require_extent(const Tensor& image) const {
  for (const int64_t size : extent_dhw(image)) {
    if (size % size_multiple() != 0) {
      throw ShapeError("backbone: an axis of {} voxels; expected a multiple of {}", size,
                       size_multiple());
    }
  }
}

}  // namespace nmsw
