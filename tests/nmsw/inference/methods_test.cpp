#include <gtest/gtest.h>

#include <algorithm>

#include "nmsw/inference/catalog.h"
#include "nmsw/inference/nmsw_top_k.h"
#include "nmsw/inference/sliding_window.h"
#include "nmsw/tensor/resize.h"
#include "tests/support/golden.h"
#include "tests/support/small_net.h"

namespace nmsw {
namespace {

TEST(NmswTopK, GivesALabelMapOfTheVolumesExtentForEveryK) {
  NmswTopK method(testing::small_net(), {3, {}, {}});
  for (const Int3 extent : {Int3{32, 24, 16}, Int3{21, 30, 17}, Int3{9, 20, 5}}) {
    const auto results =
        method.segment_at(torch::randn({1, 1, extent[0], extent[1], extent[2]}), {1, kFullK});
    for (const Segmentation& result : results) {
      EXPECT_EQ(extent_dhw(result.labels), extent);
      EXPECT_EQ(result.labels.scalar_type(), torch::kByte);
    }
  }
}

TEST(NmswTopK, OneRankedPassEqualsSeparatePassesAndItsPicksAreNested) {
  const auto net = testing::small_net();
  const Tensor volume = torch::randn({1, 1, 32, 24, 24});
  NmswTopK method(net, {1, {}, {}});
  const auto together = method.segment_at(volume, {4, 1, 2});
  const std::vector<int64_t> k_list{4, 1, 2};
  for (size_t i = 0; i < k_list.size(); ++i) {
    NmswTopK alone(net, {k_list[i], {}, {}});
    const Segmentation one = alone.segment(volume);
    EXPECT_TRUE(torch::equal(one.labels, together[i].labels));
    ASSERT_EQ(one.picks.size(), static_cast<size_t>(k_list[i]));
    for (size_t rank = 0; rank < one.picks.size(); ++rank) {
      EXPECT_EQ(one.picks[rank].patch_index, together[0].picks[rank].patch_index);
    }
  }
}

TEST(NmswTopK, EqualsTheFullLogitsOfTheNetworkInTestAndInTrainingWithEveryAggregation) {
  for (const auto& [aggregation, name] : EnumNames<AggregationKind>::values) {
    SCOPED_TRACE(name);
    ModelConfig config;
    config.aggregation = aggregation;
    config.soft_scaling = SoftScaling::never;
    const auto net = testing::small_net(config);
    const Tensor volume = torch::randn({1, 1, 32, 24, 24});
    const Tensor label = torch::zeros({1, 1, 32, 24, 24}, torch::kByte);
    NmswStepOptions step;
    step.k = 3;
    step.keep_logits = true;
    const Tensor trained = net->forward_train(volume, label, step).logits;
    net->eval();
    EXPECT_TRUE(testing::close(net->forward_test(volume, 3).logits, trained, 1e-5, 1e-5));
    for (const int64_t batch : {1, 2}) {
      NmswTopK method(net, {3, {batch, 1}, {}});
      const Tensor labels = method.segment(volume).labels;
      EXPECT_LE((labels != trained[0].argmax(0)).sum().item<int64_t>(), 2);
    }
  }
}

/// The arg max of the coarse logits brought up to the volume, which must need no padding.
Tensor upsampled(const Tensor& coarse_logits, Int3 extent) {
  return resize_trilinear(coarse_logits, extent)[0].argmax(0).to(torch::kByte);
}

TEST(NmswTopK, WithoutPatchesGivesTheCoarsePredictionAndLeavesTheOthersAsTheyAre) {
  const auto net = testing::small_net();
  net->eval();
  const Int3 extent{32, 24, 24};
  const Tensor volume = torch::randn({1, 1, extent[0], extent[1], extent[2]});
  NmswTopK method(net, {2, {}, {}});
  const auto results = method.segment_at(volume, {0, 2});
  const torch::NoGradGuard no_grad;
  const Tensor expected = upsampled(net->look(volume).coarse_logits, extent);
  EXPECT_GT(std::get<0>(at::_unique(expected)).numel(), 1) << "a map of one class shows nothing";
  EXPECT_LE((results[0].labels != expected).sum().item<int64_t>(), 2);
  EXPECT_TRUE(results[0].picks.empty());
  EXPECT_TRUE(torch::equal(results[1].labels, method.segment(volume).labels));
}

TEST(ZoomOut, HandsOnTheCoarsePrediction) {
  const auto net = testing::small_net();
  const Int3 extent{32, 24, 24};
  const Tensor volume = torch::randn({1, 1, extent[0], extent[1], extent[2]});
  MethodParts parts;
  parts.global = std::make_shared<UNet>(UNetConfig{{4, 8, 8}, {2, 2, 1}}, 1, 3);
  parts.local = parts.global;
  parts.geometry = net->geometry();
  parts.num_classes = 3;
  const Segmentation result = build_method("zoom_out", parts)->segment(volume);
  const torch::NoGradGuard no_grad;
  parts.global->eval();
  const Tensor coarse = parts.global->forward(resize_trilinear(volume, {16, 12, 12})).logits;
  EXPECT_LE((result.coarse_labels != upsampled(coarse, extent)).sum().item<int64_t>(), 2);
}

/// Patches that a method looks at, as (start, size) on the given volume, in order of the start.
std::vector<std::pair<Int3, Int3>> patches_of(const Segmentation& found) {
  std::vector<std::pair<Int3, Int3>> patches;
  for (const PickedPatch& pick : found.picks) patches.emplace_back(pick.start_dhw, pick.size_dhw);
  std::sort(patches.begin(), patches.end());
  return patches;
}

/// At extents that are multiples of nothing the methods see the same patches; 58³ has 64 of 24³.
TEST(MethodCatalog, EveryMethodWithAllPatchesSeesTheSameOnes) {
  const UNetConfig unet{{4, 8, 8}, {2, 2, 1}};
  MethodParts parts;
  parts.geometry = {{24, 24, 24}, {2, 2, 2}, 0.5};
  parts.local = std::make_shared<UNet>(unet, 1, 3);
  parts.global = std::make_shared<UNet>(unet, 1, 3);
  parts.nmsw =
      std::make_shared<NmswNet>(parts.local, parts.global, 3, ModelConfig{}, parts.geometry);
  parts.num_classes = 3;
  for (const auto& [extent, count] :
       {std::pair<Int3, size_t>{{58, 58, 58}, 64}, {{29, 61, 24}, 10}, {{17, 25, 49}, 8}}) {
    const Tensor volume = torch::randn({1, 1, extent[0], extent[1], extent[2]});
    const auto windows = patches_of(build_method("sliding_window", parts)->segment(volume));
    EXPECT_EQ(windows.size(), count);
    for (const char* name : {"random_foreground", "nmsw"}) {
      EXPECT_EQ(patches_of(build_method(name, parts)->segment(volume)), windows) << name;
    }
  }
}

TEST(SlidingWindow, GivesTheLabelsOfItsLogitsAtAnyBatchSize) {
  torch::manual_seed(3);
  const auto network = std::make_shared<UNet>(UNetConfig{{4, 8}, {2, 1}}, 1, 3);
  const Tensor volume = torch::randn({1, 1, 20, 11, 18});
  SlidingWindowSettings settings;
  settings.patch_dhw = {12, 12, 12};
  const Tensor logits = sliding_window_logits(
      volume, [&](const Tensor& patches) { return network->forward(patches).logits; }, settings);
  for (const int64_t batch : {1, 3}) {
    settings.plan.batch = batch;
    const Segmentation result = SlidingWindow(network, 3, settings).segment(volume);
    EXPECT_LE((result.labels != logits[0].argmax(0)).sum().item<int64_t>(), 2);
    EXPECT_EQ(result.picks.size(), 6U);
  }
}

TEST(RandomForeground, DrawsAnewForEveryCaseWhateverTheirOrder) {
  const auto net = testing::small_net();
  const UNetConfig unet{{4, 8, 8}, {2, 2, 1}};
  MethodParts parts;
  parts.local = std::make_shared<UNet>(unet, 1, 3);
  parts.global = std::make_shared<UNet>(unet, 1, 3);
  parts.geometry = net->geometry();
  parts.num_classes = 3;
  const auto order_of = [](const Segmentation& found) {
    std::vector<int64_t> order;
    for (const PickedPatch& pick : found.picks) order.push_back(pick.patch_index);
    return order;
  };
  const Tensor one = torch::randn({1, 1, 40, 40, 40}), other = torch::randn({1, 1, 40, 40, 40});
  const auto method = build_method("random_foreground", parts);
  const auto first = order_of(method->segment(one)), second = order_of(method->segment(other));
  EXPECT_NE(first, second);
  EXPECT_EQ(order_of(method->segment(one)), first);
  parts.seed = 1;
  EXPECT_NE(order_of(build_method("random_foreground", parts)->segment(one)), first);
}

TEST(MethodCatalog, NamesWhatIsMissing) {
  EXPECT_THROW(build_method("sliding_window", {}), ConfigError);
  EXPECT_THROW(build_method("sliding", {}), ConfigError);
}

}  // namespace
}  // namespace nmsw
