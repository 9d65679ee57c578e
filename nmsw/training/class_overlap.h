#pragma once

#include <vector>

#include "nmsw/tensor/tensor.h"

namespace nmsw {

/// Voxels of every class in the label, in the prediction and in both: int64 [3,C] on the CPU. Those
/// of several cases are added up.
///
/// prediction   class indices of the label's shape
/// label        class indices below num_classes
Tensor class_overlap(const Tensor& prediction, const Tensor& label, int64_t num_classes);

/// Dice of each foreground class, 2 |A and B| / (|A| + |B|); NaN for a class that neither has.
std::vector<double> dice_of_overlap(const Tensor& overlap);

}  // namespace nmsw
