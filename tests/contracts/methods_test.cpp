#include <gtest/gtest.h>

#include "nmsw/backbones/unet.h"
#include "nmsw/base/error.h"
#include "nmsw/config/methods.h"
#include "nmsw/cost/cost.h"
#include "nmsw/inference/catalog.h"
#include "nmsw/inference/ranked_method.h"
#include "tests/support/small_net.h"

// What every method of nmsw/config/methods.h that runs a network keeps to.

namespace nmsw {
namespace {

constexpr int64_t kMethodClasses = 3;

std::vector<std::string> method_names() {
  std::vector<std::string> names;
  for (const Method& method : method_list()) {
    if (!method.needs.empty()) names.emplace_back(method.name);
  }
  return names;
}

class MethodContract : public ::testing::TestWithParam<std::string> {
 protected:
  MethodContract() {
    torch::manual_seed(3);
    const UNetConfig unet{{4, 8, 8}, {2, 2, 1}};
    parts_.nmsw = testing::small_net();
    parts_.local = std::make_shared<UNet>(unet, 1, kMethodClasses);
    parts_.global = std::make_shared<UNet>(unet, 1, kMethodClasses);
    parts_.geometry = parts_.nmsw->geometry();
    parts_.num_classes = kMethodClasses;
    parts_.k = 7;
    volume_ = torch::randn({1, 1, 21, 40, 17});
  }
  Segmentation segment() const { return build_method(GetParam(), parts_)->segment(volume_); }

  const Method& method_ = method_named(GetParam());
  MethodParts parts_;
  Tensor volume_;
};

TEST_P(MethodContract, LabelsTheWholeVolumeAndIsTheSameAgain) {
  const Segmentation once = segment();
  EXPECT_EQ(extent_dhw(once.labels), (Int3{21, 40, 17}));
  EXPECT_EQ(once.labels.scalar_type(), torch::kUInt8);
  EXPECT_TRUE(once.labels.is_cpu());
  EXPECT_LT(once.labels.max().item<int64_t>(), kMethodClasses);
  EXPECT_TRUE(torch::equal(once.labels, segment().labels));
}

TEST_P(MethodContract, TakesKWhereTheListSaysSo) {
  const std::unique_ptr<InferenceMethod> built = build_method(GetParam(), parts_);
  EXPECT_EQ(built->as_ranked() != nullptr, method_.takes_k());
  if (!method_.takes_k()) return;
  const auto found = built->as_ranked()->segment_at(volume_, {2, 7});
  EXPECT_EQ(found.at(0).picks.size(), 2U);
  EXPECT_EQ(found.at(1).picks.size(), 7U);
  EXPECT_TRUE(torch::equal(found.at(1).labels, segment().labels));
}

TEST_P(MethodContract, BandsChangeNoLabel) {
  const Segmentation whole = segment();
  parts_.plan.bands = 3;
  const Segmentation cut = segment();
  EXPECT_TRUE(torch::equal(cut.labels, whole.labels));
  EXPECT_EQ(cut.picks.size(), whole.picks.size());
}

TEST_P(MethodContract, RunsOnTheNetworksThatItNeedsAndOnNoFewer) {
  MethodParts needed = parts_;
  if (!method_.runs_nmsw()) needed.nmsw.reset();
  if (method_.needs.front() != TrainingScheme::local) needed.local.reset();
  if (method_.needs.back() != TrainingScheme::global) needed.global.reset();
  EXPECT_NO_THROW(build_method(GetParam(), needed)->segment(volume_));
  EXPECT_THROW(build_method(GetParam(), {}), ConfigError);
}

TEST_P(MethodContract, HasACostThatCountsItsPatches) {
  MethodCostInput input;
  input.method = GetParam();
  input.local_patch = {10, 20, 1, 1};
  input.global_pass = {1000, 2000, 2, 2};
  input.patches_total = 8;
  input.patches_used = 5;
  input.num_classes = kMethodClasses;
  input.aggregation = AggregationKind::paste;
  const double patches = method_.patches == PatchUse::every ? 8 : 5;
  const Cost cost = method_cost(input);
  EXPECT_GE(cost.macs, 10 * patches + (method_.has_global_pass ? 1000 : 0));
  EXPECT_EQ(cost.macs_paper, 20 * patches + 2000) << "Table 2 charges each the global pass";
}

INSTANTIATE_TEST_SUITE_P(Catalog, MethodContract, ::testing::ValuesIn(method_names()),
                         [](const auto& entry) { return entry.param; });

TEST(MethodCatalogs, ImplementTheMethodsThatRunANetworkAndNoOthers) {
  std::vector<std::string> built;
  for (const MethodEntry& entry : method_catalog()) built.emplace_back(entry.name);
  EXPECT_EQ(built, method_names());
}

TEST(MethodCatalogs, ADistantNameIsRefusedWithTheChoices) {
  EXPECT_THROW(build_method(kTemplateCopy, {}), ConfigError);
  EXPECT_THROW(method_named("sliding"), ConfigError);
}

}  // namespace
}  // namespace nmsw
