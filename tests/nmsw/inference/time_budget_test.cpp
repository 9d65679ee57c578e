#include "nmsw/inference/time_budget.h"

#include <gtest/gtest.h>

#include "nmsw/inference/nmsw_top_k.h"
#include "tests/support/small_net.h"

namespace nmsw {
namespace {

/// A network whose every patch takes a second on a clock of its own.
class TickingNetwork final : public Backbone {
 public:
  TickingNetwork(BackbonePtr inner, std::shared_ptr<double> seconds)
      : inner_(register_module("inner", std::move(inner))), seconds_(std::move(seconds)) {}
  BackboneOutput forward(const Tensor& image) override {
    *seconds_ += static_cast<double>(image.size(0));
    return inner_->forward(image);
  }
  int64_t feature_channels() const override { return inner_->feature_channels(); }
  int64_t size_multiple() const override { return inner_->size_multiple(); }

 private:
  BackbonePtr inner_;
  std::shared_ptr<double> seconds_;
};

class TimeBudgetTest : public ::testing::Test {
 protected:
  TimeBudgetTest() {
    torch::manual_seed(5);
    const UNetConfig unet{{4, 8, 8}, {2, 2, 1}};
    net_ = std::make_shared<NmswNet>(
        std::make_shared<TickingNetwork>(std::make_shared<UNet>(unet, 1, 3), seconds_),
        std::make_shared<UNet>(unet, 1, 3), 3, ModelConfig{},
        PatchGeometry{{16, 16, 16}, {2, 2, 2}, 0.5});
    volume_ = torch::randn({1, 1, 32, 24, 24});  // 12 patches
  }
  Segmentation within(double seconds, int64_t k = kFullK) {
    *seconds_ = 0;
    return NmswTopK(net_, {k, {}, {}}).segment_within(volume_, {seconds, [now = seconds_] {
                                                                  return *now;
                                                                }});
  }
  Tensor labels_at(int64_t k) { return NmswTopK(net_, {k, {}, {}}).segment(volume_).labels; }

  std::shared_ptr<double> seconds_ = std::make_shared<double>(0);
  std::shared_ptr<NmswNet> net_;
  Tensor volume_;
};

TEST_F(TimeBudgetTest, TakesAsManyPatchesAsFitAndGivesTheLabelsOfThatK) {
  for (const int64_t seconds : {2, 7, 10}) {
    const Segmentation found = within(static_cast<double>(seconds) + 0.5);
    EXPECT_EQ(found.picks.size(), static_cast<size_t>(seconds));
    EXPECT_EQ(*seconds_, static_cast<double>(seconds));
    EXPECT_EQ(found.stages.local, static_cast<double>(seconds));
    EXPECT_TRUE(torch::equal(found.labels, labels_at(seconds)));
  }
}

TEST_F(TimeBudgetTest, CountsAPatchOnceForEveryBandItGoesThroughAgain) {
  *seconds_ = 0;
  const TimeBudget budget{7.5, [now = seconds_] { return *now; }};
  // 24 voxels along H are three rows of blocks: in as many bands every patch, two rows high, is
  // computed twice, but for the two that are kept. 2 + 2 · 2 = 6 s; a fifth would end at 8 s.
  const Segmentation found = NmswTopK(net_, {kFullK, {1, 3}, {}}).segment_within(volume_, budget);
  EXPECT_EQ(found.picks.size(), 4U);
  EXPECT_EQ(*seconds_, 6);
  EXPECT_TRUE(torch::equal(found.labels, labels_at(4)));
}

TEST_F(TimeBudgetTest, GivesTheCoarsePredictionWhereNothingFits) {
  EXPECT_TRUE(within(0).picks.empty());
  EXPECT_TRUE(torch::equal(within(0).labels, labels_at(0)));
  EXPECT_EQ(within(0.5).picks.size(), 1U);  // begun in time, its pace not known before
}

TEST_F(TimeBudgetTest, TakesNoMorePatchesThanThereAreOrWereAskedFor) {
  EXPECT_EQ(within(1e6).picks.size(), 12U);
  EXPECT_EQ(*seconds_, 12);
  EXPECT_EQ(within(1e6, 5).picks.size(), 5U);
  EXPECT_EQ(within(1e6, 1).picks.size(), 1U);
}

}  // namespace
}  // namespace nmsw
