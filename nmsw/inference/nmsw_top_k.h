#pragma once

#include <memory>
#include <optional>

#include "nmsw/inference/inference_method.h"
#include "nmsw/model/nmsw_net.h"

namespace nmsw {

struct NmswTopKSettings {
  int64_t k = 30;
  int64_t batch = 1;
  /// Absent: deterministic ranking. Given: Gumbel noise of that seed is added to the scores, as the authors' test does.
  std::optional<uint64_t> noise_seed;
};

/// The paper's method: the k best-ranked patches through the local network, the coarse prediction elsewhere.
class NmswTopK final : public RankedMethod {
 public:
  NmswTopK(std::shared_ptr<NmswNet> net, const NmswTopKSettings& settings);
  Segmentation segment(const Tensor& volume) override;
  std::vector<Segmentation> segment_at(const Tensor& volume,
                                       const std::vector<int64_t>& k_list) override;

 private:
  std::shared_ptr<NmswNet> net_;
  NmswTopKSettings settings_;
};

}  // namespace nmsw
