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
  /// coarse prediction's foreground in a random order of `seed` and the draw, then the others.
  OrderSettings ranking{};
  uint64_t seed = 0;
  /// Ranks whose order matters; order oracle, whose every rank takes time, follows the patches'
  /// indices behind them.
  int64_t ranks = kFullK;
};

/// The paper's method: the k best-ranked patches through the local network, the coarse prediction
/// elsewhere.
class NmswTopK final : public RankedMethod {
 public:
  NmswTopK(std::shared_ptr<NmswNet> net, const NmswTopKSettings& settings);
  void show_label(const Tensor& label) override { label_ = label; }

 protected:
  RankedPatches rank(const Tensor& volume) override;
  Backbone& local() override { return net_->local(); }

 private:
  Tensor ranking_scores(const GlobalLook& seen, const Tensor& volume,
                        const RankedPatches& ranked) const;
  void choose(const GlobalLook& seen, const Tensor& volume, RankedPatches& ranked);
  void choose_by_label(RankedPatches& ranked);

  std::shared_ptr<NmswNet> net_;
  NmswTopKSettings settings_;
  std::shared_ptr<ScoreHead> initial_head_;  ///< with order initial_scores alone
  Tensor label_;
};

}  // namespace nmsw
