#include "nmsw/aggregation/class_weight.h"

namespace nmsw {

ClassWeight::ClassWeight(int64_t num_classes, double start, double minimum, double maximum)
    : minimum_(minimum), maximum_(maximum) {
  class_weight_ = register_parameter("class_weight", torch::full({1, num_classes, 1, 1, 1}, start));
}

Tensor ClassWeight::forward() const {
  return torch::sigmoid(torch::clamp(class_weight_, minimum_, maximum_));
}

}  // namespace nmsw
