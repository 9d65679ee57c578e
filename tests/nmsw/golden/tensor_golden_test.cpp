#include "nmsw/tensor/patch_grid.h"
#include "nmsw/tensor/patch_ops.h"
#include "nmsw/tensor/resize.h"
#include "tests/support/golden.h"

namespace nmsw {
namespace {

using testing::close;

TEST(GoldenPatchGrid, HasTheReferencesPlacesInItsOrder) {
  NMSW_GOLDEN_OR_SKIP(golden, "slices.pt");
  ASSERT_GT(golden.count("case"), 0U);
  for (const std::string& name : golden.cases()) {
    SCOPED_TRACE(name);
    const Int3 volume = golden.triple(name + ".volume"), patch = golden.triple(name + ".patch");
    const PatchGrid grid = patch_grid(volume, patch, golden.number(name + ".overlap"));
    EXPECT_EQ(grid.starts_dhw, golden.triples(name + ".padded_starts"));
    EXPECT_EQ(grid.counts_dhw, golden.triple(name + ".padded_grid"));
    EXPECT_EQ(grid.padded_dhw, golden.triple(name + ".padded_volume"));
    EXPECT_EQ(grid.starts_dhw, golden.triples(name + ".starts"));
  }
}

TEST(GoldenImportanceMap, EqualsTheReference) {
  NMSW_GOLDEN_OR_SKIP(golden, "importance.pt");
  for (const std::string& key : golden.below("map.")) {
    SCOPED_TRACE(key);
    const Tensor& map = golden.tensor("map." + key);
    const double sigma = std::stod(key.substr(key.find("sigma") + 5));
    EXPECT_TRUE(close(importance_map(extent_dhw(map), sigma), map, 0, 1e-6));
  }
  const Tensor big = importance_map(golden.triple("big.size"));
  EXPECT_TRUE(close(big.diagonal(0, 0, 1).diagonal(0, 0, 1), golden.tensor("big.diagonal"), 0, 1e-6));
  EXPECT_TRUE(close(big.sum(torch::kDouble), golden.tensor("big.sum"), 0, 1e-6));
  EXPECT_TRUE(close(big.max(), golden.tensor("big.max"), 0, 1e-6));
  EXPECT_TRUE(close(big.min(), golden.tensor("big.min"), 0, 1e-6));
}

// LibTorch 2.6 interpolates with other roundings than 1.13, 2.6e-6 apart at most here.
TEST(GoldenResize, BringsVolumesDownAndLogitsUpAsTheReference) {
  NMSW_GOLDEN_OR_SKIP(golden, "resample.pt");
  for (const std::string& name : golden.cases()) {
    SCOPED_TRACE(name);
    const Int3 rate = golden.triple(name + ".rate");
    const Tensor& volume = golden.tensor(name + ".volume");
    const Int3 coarse = coarse_extent(extent_dhw(volume), rate);
    EXPECT_TRUE(close(resize_trilinear(volume, coarse), golden.tensor(name + ".low_volume"), 3e-6, 0));
    const Tensor label = resize_label(golden.tensor(name + ".label"), coarse, LabelAlignment::nearest);
    EXPECT_TRUE(torch::equal(label, golden.tensor(name + ".low_label")));
    const Tensor &logits = golden.tensor(name + ".low_logits"), &up = golden.tensor(name + ".up_logits");
    EXPECT_TRUE(close(resize_trilinear(logits, extent_dhw(up)), up, 3e-6, 0));
    const Int3 planes{4, up.size(3), up.size(4)};
    EXPECT_TRUE(close(upsample_box(logits, extent_dhw(up), {3, 0, 0}, planes), up.narrow(2, 3, 4), 2e-6, 0));
  }
}

}  // namespace
}  // namespace nmsw
