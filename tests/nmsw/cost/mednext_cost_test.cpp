#include "nmsw/cost/mednext_cost.h"

#include <gtest/gtest.h>

#include "nmsw/base/error.h"

namespace nmsw {
namespace {

TEST(MedNeXtCost, HasThePublishedParameterCounts) {
  // spec/method.md 1.2 and 5.1
  const MedNeXtConfig mednext;
  EXPECT_EQ(mednext_cost(mednext, 1, 17, {16, 16, 16}).params, 17549459);
  EXPECT_EQ(mednext_cost(mednext, 1, 20, {16, 16, 16}).params, 17549558);
  EXPECT_NEAR(mednext_cost(mednext, 1, 20, {16, 16, 16}).params_paper / 1e6, 17.535, 5e-4);
}

TEST(MedNeXtCost, GivesTheMacsOfAPatchInBothConventions) {
  const MedNeXtConfig mednext;
  EXPECT_NEAR(mednext_cost(mednext, 1, 20, {128, 128, 128}).macs / 1e9, 244.758, 5e-4);
  EXPECT_NEAR(mednext_cost(mednext, 1, 17, {128, 128, 128}).macs / 1e9, 244.557, 5e-4);
  EXPECT_NEAR(mednext_cost(mednext, 1, 20, {128, 128, 128}).macs_paper / 1e9, 255.468, 5e-4);
}

TEST(MedNeXtCost, RefusesAnExtentOrListsThatDoNotFit) {
  EXPECT_THROW(mednext_cost(MedNeXtConfig{}, 1, 20, {128, 120, 128}), ConfigError);
  MedNeXtConfig short_list;
  short_list.blocks.pop_back();
  EXPECT_THROW(mednext_cost(short_list, 1, 20, {128, 128, 128}), ConfigError);
}

TEST(MedNeXtMemory, HoldsTheWidenedTensorTwice) {
  const double hidden = 2.0 * 32 * 128 * 128 * 128 * 4;
  const auto bytes =
      static_cast<double>(mednext_peak_bytes(MedNeXtConfig{}, 1, 20, {128, 128, 128}));
  EXPECT_GT(bytes, 2 * hidden);
  EXPECT_LT(bytes, 8 * hidden);
}

}  // namespace
}  // namespace nmsw
