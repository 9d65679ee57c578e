#pragma once

#include <limits>
#include <vector>

#include "nmsw/config/pass_plan.h"
#include "nmsw/tensor/tensor.h"

namespace nmsw {

/// Every candidate patch, as a `k`.
inline constexpr int64_t kFullK = std::numeric_limits<int64_t>::max();

/// As many patches as the order itself asks for, as a `k`.
inline constexpr int64_t kAutoK = -1;

/// A patch that went through the local network. Places are on the given volume; a padded volume's
/// patch may begin before 0.
struct PickedPatch {
  int64_t rank = 0;
  int64_t patch_index = 0;
  double score = 0;
  Int3 start_dhw{0, 0, 0};
  Int3 size_dhw{0, 0, 0};
};

/// Wall time by stage, the device synchronised at each boundary.
struct StageSeconds {
  double global = 0;     ///< down-sizing and coarse pass
  double choose = 0;     ///< scores, mask, ranking
  double local = 0;      ///< patches through the local network and, where there are any, the
                         ///< aggregation's convolutions
  double aggregate = 0;  ///< patch logits added up where patches lie
  double argmax = 0;     ///< sums divided and merged with the coarse logits, and their arg max
  double total() const { return global + choose + local + aggregate + argmax; }
};

struct Segmentation {
  Tensor labels;  ///< uint8 [D,H,W] on the CPU, on the volume's grid
  /// The coarse prediction alone, likewise; undefined where the method needs none of that size.
  Tensor coarse_labels;
  std::vector<PickedPatch> picks;
  StageSeconds stages;
};

class RankedMethod;
class PatchedMethod;

/// Turns a volume into a label map. Volumes are [1,Cin,D,H,W] float32 of any extent; padding is the
/// method's business.
class InferenceMethod {
 public:
  virtual ~InferenceMethod() = default;
  virtual Segmentation segment(const Tensor& volume) = 0;
  /// The method as one with a number of patches; null for one that has none.
  virtual RankedMethod* as_ranked() { return nullptr; }
  /// The method as one that blends patch logits; null for one that gives labels only.
  virtual PatchedMethod* as_patched() { return nullptr; }
};

}  // namespace nmsw
