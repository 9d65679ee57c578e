#include "nmsw/inference/ensemble.h"

#include <gmock/gmock.h>

#include "nmsw/inference/nmsw_top_k.h"
#include "nmsw/inference/sliding_window.h"
#include "nmsw/inference/zoom_out.h"
#include "tests/support/small_net.h"

namespace nmsw {
namespace {

using Members = std::vector<std::unique_ptr<InferenceMethod>>;

constexpr int64_t kClasses = 3;

SlidingWindowSettings window() {
  SlidingWindowSettings settings;
  settings.patch_dhw = {16, 16, 16};
  return settings;
}

std::vector<BackbonePtr> networks(int count) {
  std::vector<BackbonePtr> networks;
  for (int i = 0; i < count; ++i) {
    torch::manual_seed(i);
    networks.push_back(std::make_shared<UNet>(UNetConfig{{4, 8, 8}, {2, 2, 1}}, 1, kClasses));
    networks.back()->eval();
  }
  return networks;
}

/// Voxels in which the label map is not the arg max of the mean; those of near ties may differ.
int64_t different(const Tensor& labels, const Tensor& mean_probability) {
  return (labels != mean_probability[0].argmax(0)).sum().item<int64_t>();
}

TEST(Ensemble, OfSlidingWindowsTakesTheArgMaxOfTheMeanProbability) {
  const auto nets = networks(3);
  for (const Int3 extent : {Int3{40, 33, 50}, Int3{10, 20, 41}}) {
    const Tensor volume = torch::randn({1, 1, extent[0], extent[1], extent[2]});
    Tensor mean;
    for (const BackbonePtr& net : nets) {
      const Tensor logits = sliding_window_logits(
          volume,
          [&](const Tensor& patches) {
            const torch::NoGradGuard no_grad;
            return net->forward(patches).logits;
          },
          window());
      mean = mean.defined() ? mean + logits.softmax(1) : logits.softmax(1);
    }
    EXPECT_GT(std::get<0>(at::_unique(mean[0].argmax(0))).numel(), 1) << "one class shows nothing";
    for (const int64_t bands : {1, 2}) {
      Members members;
      for (const BackbonePtr& net : nets)
        members.push_back(std::make_unique<SlidingWindow>(net, kClasses, window()));
      Ensemble ensemble(std::move(members), {1, bands});
      const Segmentation found = ensemble.segment(volume);
      EXPECT_EQ(extent_dhw(found.labels), extent);
      EXPECT_LE(different(found.labels, mean), 3);
    }
  }
}

TEST(Ensemble, OfNmswAveragesWhereSomeMembersHaveNoPatch) {
  const Tensor volume = torch::randn({1, 1, 48, 40, 64});
  for (const int64_t k : {1, 3, 8}) {
    Tensor mean;
    Members members;
    for (int i = 0; i < 2; ++i) {
      const auto net = testing::small_net({}, static_cast<uint64_t>(5 + i));
      net->eval();
      const torch::NoGradGuard no_grad;
      const Tensor share = net->forward_test(volume, k).logits.softmax(1);
      mean = mean.defined() ? mean + share : share;
      members.push_back(std::make_unique<NmswTopK>(net, NmswTopKSettings{k, {}, {}}));
    }
    Ensemble ensemble(std::move(members), {});
    const Segmentation found = ensemble.segment(volume);
    EXPECT_EQ(found.picks.size(), static_cast<size_t>(2 * k));
    EXPECT_LE(different(found.labels, mean), 5) << k;
  }
}

TEST(Ensemble, OfOneNetworkTwiceIsThatNetwork) {
  const auto nets = networks(1);
  const Tensor volume = torch::randn({1, 1, 40, 24, 24});
  Members members;
  for (int i = 0; i < 2; ++i)
    members.push_back(std::make_unique<SlidingWindow>(nets[0], kClasses, window()));
  const Tensor alone = SlidingWindow(nets[0], kClasses, window()).segment(volume).labels;
  const Tensor together = Ensemble(std::move(members), {}).segment(volume).labels;
  EXPECT_LE((alone != together).sum().item<int64_t>(), 2);
}

TEST(Ensemble, KeepsFewBlocksWaiting) {
  const auto nets = networks(2);
  const Tensor volume = torch::randn({1, 1, 160, 32, 32});
  Members members;
  for (const BackbonePtr& net : nets)
    members.push_back(std::make_unique<SlidingWindow>(net, kClasses, window()));
  Ensemble ensemble(std::move(members), {});
  ensemble.segment(volume);
  const int64_t whole = volume.numel() * kClasses * static_cast<int64_t>(sizeof(float));
  EXPECT_GT(ensemble.most_waiting_bytes(), 0);
  EXPECT_LT(ensemble.most_waiting_bytes(), whole / 4);
}

TEST(Ensemble, RefusesMembersThatGiveLabelsOnlyOrOtherClasses) {
  const auto nets = networks(1);
  Members labels;
  labels.push_back(std::make_unique<ZoomOut>(nets[0], nets[0], kClasses, ZoomOutSettings{}));
  EXPECT_THROW(Ensemble(std::move(labels), {}), ConfigError);
  Members members;
  members.push_back(std::make_unique<SlidingWindow>(nets[0], kClasses, window()));
  members.push_back(std::make_unique<SlidingWindow>(nets[0], kClasses + 1, window()));
  Ensemble ensemble(std::move(members), {});
  EXPECT_THROW(ensemble.segment(torch::randn({1, 1, 16, 16, 16})), ShapeError);
}

}  // namespace
}  // namespace nmsw
