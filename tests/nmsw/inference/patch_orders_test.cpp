#include <gtest/gtest.h>

#include <algorithm>

#include "nmsw/inference/nmsw_top_k.h"
#include "nmsw/tensor/patch_ops.h"
#include "tests/support/small_net.h"

namespace nmsw {
namespace {

class NmswOrders : public ::testing::Test {
 protected:
  std::pair<std::vector<int64_t>, Tensor> order_of(const OrderSettings& ranking,
                                                   uint64_t seed = 1) {
    std::vector<int64_t> order;
    const Segmentation found = NmswTopK(net_, {kFullK, {}, {}, ranking, seed}).segment(volume_);
    for (const PickedPatch& pick : found.picks) order.push_back(pick.patch_index);
    return {order, found.labels};
  }

  const std::shared_ptr<NmswNet> net_ = testing::small_net();
  const Tensor volume_ = torch::randn({1, 1, 40, 40, 40});
};

TEST_F(NmswOrders, TakeForegroundPatchesAtRandomBySeed) {
  const OrderSettings at_random{PatchOrder::random_foreground};
  const auto learned = order_of({}), random = order_of(at_random);
  EXPECT_NE(learned.first, random.first);
  EXPECT_NE(random.first, order_of(at_random, 2).first);
  EXPECT_EQ(random.first, order_of(at_random).first);
  EXPECT_TRUE(torch::equal(learned.second, random.second))
      << "with all patches the order is nothing";
}

TEST_F(NmswOrders, CoverByEachGainAndGiveTheSameLabelsWithAllPatches) {
  const auto learned = order_of({});
  std::vector<std::vector<int64_t>> orders{learned.first};
  for (const PatchGain gain :
       {PatchGain::foreground, PatchGain::entropy, PatchGain::classes, PatchGain::scores}) {
    for (const double discount : {0.0, 1.0}) {
      const auto covering = order_of({PatchOrder::coverage, gain, discount}, 1);
      EXPECT_EQ(covering.first, order_of({PatchOrder::coverage, gain, discount}, 2).first)
          << "nothing is drawn";
      EXPECT_EQ(covering.first.size(), learned.first.size());
      EXPECT_TRUE(torch::equal(learned.second, covering.second));
      orders.push_back(covering.first);
    }
  }
  std::sort(orders.begin(), orders.end());
  EXPECT_GT(std::unique(orders.begin(), orders.end()) - orders.begin(), 4);
}

TEST_F(NmswOrders, RankByTheRulesAsCoverageWithoutDiscountDoes) {
  for (const auto& [order, gain] : {std::pair{PatchOrder::foreground, PatchGain::foreground},
                                    std::pair{PatchOrder::entropy, PatchGain::entropy}}) {
    EXPECT_EQ(order_of({order}).first, order_of({PatchOrder::coverage, gain, 1.0}).first);
  }
}

TEST_F(NmswOrders, DrawAnotherHeadOrOrderForEachDraw) {
  for (const PatchOrder order : {PatchOrder::initial_scores, PatchOrder::random_foreground}) {
    OrderSettings first{order}, second{order};
    second.draw = 1;
    const auto one = order_of(first).first;
    EXPECT_EQ(one, order_of(first).first);
    EXPECT_NE(one, order_of(second).first);
    EXPECT_NE(one, order_of(first, 2).first);
  }
}

TEST_F(NmswOrders, LeaveTheNetworksOwnHeadAsItIs) {
  const auto before = order_of({}).first;
  EXPECT_NE(order_of({PatchOrder::initial_scores}).first, before);
  EXPECT_EQ(order_of({}).first, before);
}

TEST_F(NmswOrders, TakeAsManyPatchesAsCoverTheGain) {
  const auto picks = [&](double left) {
    OrderSettings ranking{PatchOrder::coverage};
    ranking.auto_left = left;
    NmswTopK method(net_, {kAutoK, {}, {}, ranking, 1});
    const Segmentation alone = method.segment(volume_);
    const auto together = method.segment_at(volume_, {1, kAutoK, kFullK});
    EXPECT_TRUE(torch::equal(alone.labels, together[1].labels));
    EXPECT_EQ(alone.picks.size(), together[1].picks.size());
    return alone.picks.size();
  };
  const size_t half = picks(0.5), most = picks(0.1), all = picks(0);
  EXPECT_LT(half, most);
  EXPECT_LE(most, all);
  EXPECT_THROW(NmswTopK(net_, {kAutoK, {}, {}, {}, 1}).segment(volume_), ConfigError)
      << "scores set no number";
}

TEST_F(NmswOrders, TakeAsManyPatchesAsHoldTheLearnedProbability) {
  const Tensor mass = torch::softmax(net_->look(volume_).scores.squeeze(0), 0);
  const Tensor ranked = std::get<0>(mass.detach().to(torch::kDouble).sort(0, true));
  for (const double left : {0.7, 0.2, 0.01}) {
    OrderSettings ranking;
    ranking.mass_left = left;
    const size_t taken = NmswTopK(net_, {kAutoK, {}, {}, ranking, 1}).segment(volume_).picks.size();
    const auto count = static_cast<int64_t>(taken);
    EXPECT_GE(ranked.narrow(0, 0, count).sum().item<double>(), 1 - left - 1e-6);
    EXPECT_LT(ranked.narrow(0, 0, count - 1).sum().item<double>(), 1 - left + 1e-6);
  }
}

TEST_F(NmswOrders, NeedALabelForTheOracle) {
  EXPECT_THROW(order_of({PatchOrder::oracle}), ConfigError);
}

double mean_dsc(const Tensor& predicted, const Tensor& label, int64_t classes) {
  double sum = 0;
  int64_t present = 0;
  for (int64_t c = 1; c < classes; ++c) {
    const Tensor truth = label == c, found = predicted == c;
    const auto size = truth.sum().item<int64_t>();
    if (size == 0) continue;
    ++present;
    sum += 2.0 * static_cast<double>((truth & found).sum().item<int64_t>()) /
           static_cast<double>(size + found.sum().item<int64_t>());
  }
  return sum / static_cast<double>(present);
}

/// Networks whose patches replace the coarse logits, so that the oracle's view is exact, and a label
/// that neither network knows.
class Oracle : public ::testing::Test {
 protected:
  static ModelConfig pasting() {
    ModelConfig config;
    config.aggregation = AggregationKind::paste;
    return config;
  }
  std::vector<Segmentation> segment(const OrderSettings& ranking, const std::vector<int64_t>& k,
                                    int64_t ranks = kFullK) {
    NmswTopKSettings settings{kFullK, {}, {}, ranking, 1};
    settings.ranks = ranks;
    NmswTopK method(net_, settings);
    method.show_label(label_);
    return method.segment_at(volume_, k);
  }
  std::vector<int64_t> oracle(int64_t ranks) {
    std::vector<int64_t> order;
    const Segmentation found = segment({PatchOrder::oracle}, {kFullK}, ranks).front();
    for (const PickedPatch& pick : found.picks) order.push_back(pick.patch_index);
    return order;
  }
  /// DSC of the whole pass over patches in that order.
  double dsc_of(const std::vector<int64_t>& patches) {
    c10::InferenceMode inference;
    RankedPatches ranked;
    ranked.volume = volume_;
    ranked.extent_dhw = extent_dhw(volume_);
    const GlobalLook seen = net_->look(volume_);
    ranked.grid = seen.grid;
    ranked.num_classes = net_->num_classes();
    ranked.importance = importance_map(ranked.grid.patch_dhw);
    ranked.coarse = {seen.coarse_logits, net_->class_weight(), net_->config().overlap_blend};
    ranked.order = patches;
    ranked.scores.assign(static_cast<size_t>(ranked.grid.count()), 0.0);
    ranked.scales.assign(patches.size(), 1.0);
    const auto k = static_cast<int64_t>(patches.size());
    return mean_dsc(pass_ranked(ranked, net_->local(), {}, {k}).front().labels, label_,
                    net_->num_classes());
  }
  void SetUp() override {
    net_->eval();
    torch::manual_seed(5);
    volume_ = torch::randn({1, 1, 24, 20, 16});
    label_ = torch::randint(0, net_->num_classes(), {24, 20, 16}).to(torch::kByte);
  }

  std::shared_ptr<NmswNet> net_ = testing::small_net(pasting());
  Tensor volume_, label_;
};

TEST_F(Oracle, TakesThePatchAfterWhichAWholePassScoresBest) {
  const int64_t ranks = 3;
  const std::vector<int64_t> order = oracle(ranks);
  const int64_t count = static_cast<int64_t>(order.size());
  ASSERT_GT(count, ranks);
  std::vector<int64_t> chosen;
  for (int64_t rank = 0; rank < ranks; ++rank) {
    double best = -1;
    std::vector<int64_t> next = chosen;
    next.push_back(0);
    for (int64_t patch = 0; patch < count; ++patch) {
      if (std::find(chosen.begin(), chosen.end(), patch) != chosen.end()) continue;
      next.back() = patch;
      best = std::max(best, dsc_of(next));
    }
    chosen.push_back(order[static_cast<size_t>(rank)]);
    EXPECT_DOUBLE_EQ(dsc_of(chosen), best) << "rank " << rank;
  }
}

TEST_F(Oracle, FollowsTheIndicesBehindItsRanks) {
  const std::vector<int64_t> order = oracle(2);
  EXPECT_TRUE(std::is_sorted(order.begin() + 2, order.end()));
  EXPECT_EQ(std::vector<int64_t>(order.begin(), order.begin() + 2), [&] {
    const auto longer = oracle(4);
    return std::vector<int64_t>(longer.begin(), longer.begin() + 2);
  }());
}

TEST_F(Oracle, IsNoWorseWithOnePatchThanAnyOrder) {
  const auto one = [&](const OrderSettings& ranking) {
    return mean_dsc(segment(ranking, {1}).front().labels, label_, net_->num_classes());
  };
  const double best = one({PatchOrder::oracle});
  for (const PatchOrder order :
       {PatchOrder::scores, PatchOrder::initial_scores, PatchOrder::random_foreground,
        PatchOrder::foreground, PatchOrder::entropy, PatchOrder::coverage})
    EXPECT_GE(best, one({order})) << enum_name(order);
}

/// The score head's last layer starts at zero, so that a network with a prior begins as the rule.
TEST(ScorePrior, StartsWithTheOrderOfTheRule) {
  for (const auto& [prior, order] : {std::pair{ScorePrior::foreground, PatchOrder::foreground},
                                     std::pair{ScorePrior::entropy, PatchOrder::entropy}}) {
    ModelConfig config;
    config.score_prior = prior;
    const auto net = testing::small_net(config);
    const Tensor volume = torch::randn({1, 1, 32, 24, 24});
    const auto ranked = [&](const OrderSettings& by) {
      std::vector<int64_t> indices;
      NmswTopK method(net, {kFullK, {}, {}, by, 1});
      const Segmentation found = method.segment(volume);
      for (const PickedPatch& pick : found.picks) indices.push_back(pick.patch_index);
      return indices;
    };
    EXPECT_EQ(ranked({}), ranked({order}));
    EXPECT_EQ(ranked({PatchOrder::initial_scores}), ranked({order}));
  }
}

}  // namespace
}  // namespace nmsw
