#pragma once

#include <memory>
#include <optional>

#include "nmsw/config/evaluation_config.h"
#include "nmsw/inference/ranked_method.h"
#include "nmsw/model/nmsw_net.h"

namespace nmsw {

struct NmswTopKSettings {
  int64_t k = 30;
  PassPlan plan;
  /// Absent: deterministic ranking. Given: Gumbel noise of that seed is added to the scores, as the
  /// authors' test does.
  std::optional<uint64_t> noise_seed;
  /// In place of the ranking by scores; everything else stays. random_foreground: patches of the
  /// coarse prediction's foreground in a random order of `seed`, then the others.
  OrderSettings ranking{};
  uint64_t seed = 0;
};

/// The paper's method: the k best-ranked patches through the local network, the coarse prediction
/// elsewhere.
class NmswTopK final : public RankedMethod {
 public:
  NmswTopK(std::shared_ptr<NmswNet> net, const NmswTopKSettings& settings);

 protected:
  RankedPatches rank(const Tensor& volume) override;
  Backbone& local() override { return net_->local(); }

 private:
  void choose(const GlobalLook& seen, const Tensor& volume, RankedPatches& ranked);

  std::shared_ptr<NmswNet> net_;
  NmswTopKSettings settings_;
};

}  // namespace nmsw
