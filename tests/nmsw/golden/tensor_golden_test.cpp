#include "nmsw/tensor/patch_grid.h"
#include "nmsw/tensor/patch_ops.h"
#include "nmsw/tensor/resize.h"
#include "tests/support/golden_checks.h"

namespace nmsw {
namespace {

using testing::GoldenChecks;

TEST(GoldenPatchGrid, HasTheReferencesPlacesInItsOrder) {
  NMSW_GOLDEN_OR_SKIP(golden, "slices.pt");
  GoldenChecks checks(golden);
  for (const std::string& name : golden.cases_with("volume")) {
    SCOPED_TRACE(name);
    const PatchGrid grid =
        patch_grid(golden.triple(name + ".volume"), golden.triple(name + ".patch"),
                   golden.number(name + ".overlap"));
    for (const char* starts : {".padded_starts", ".starts"}) {
      if (checks.has(name + starts)) {
        EXPECT_EQ(grid.starts_dhw, golden.triples(name + starts));
      }
    }
    if (checks.has(name + ".padded_grid")) {
      EXPECT_EQ(grid.counts_dhw, golden.triple(name + ".padded_grid"));
    }
    if (checks.has(name + ".padded_volume")) {
      EXPECT_EQ(grid.padded_dhw, golden.triple(name + ".padded_volume"));
    }
  }
  NMSW_SKIP_UNLESS_COMPARED(checks);
}

TEST(GoldenImportanceMap, EqualsTheReference) {
  NMSW_GOLDEN_OR_SKIP(golden, "importance.pt");
  GoldenChecks checks(golden);
  for (const std::string& key : golden.below("map.")) {
    SCOPED_TRACE(key);
    const double sigma = std::stod(key.substr(key.find("sigma") + 5));
    checks.close("map." + key, importance_map(extent_dhw(golden.tensor("map." + key)), sigma), 0,
                 1e-6);
  }
  NMSW_SKIP_UNLESS_COMPARED(checks);
}

TEST(GoldenImportanceMap, EqualsTheReferenceAtThePatchsSize) {
  NMSW_GOLDEN_OR_SKIP(golden, "importance.pt");
  if (!golden.has("big.size")) GTEST_SKIP() << golden.name() << " has no large map";
  GoldenChecks checks(golden);
  const Int3 size = golden.triple("big.size");
  const Tensor big = importance_map(size);
  checks.close("big.diagonal", big.diagonal(0, 0, 1).diagonal(0, 0, 1), 0, 1e-6);
  checks.close("big.axis0", big.select(2, size[2] / 2).select(1, size[1] / 2), 0, 1e-6);
  checks.close("big.axis2", big[size[0] / 2][size[1] / 2], 0, 1e-6);
  checks.close("big.edge", big[0][0], 0, 1e-6);
  checks.close("big.sum", big.sum(torch::kDouble), 0, 1e-6);
  checks.close("big.max", big.max(), 0, 1e-6);
  checks.close("big.min", big.min(), 0, 1e-6);
  NMSW_SKIP_UNLESS_COMPARED(checks);
}

// LibTorch 2.6 interpolates with other roundings than 1.13, 2.6e-6 apart at most here.
TEST(GoldenResize, BringsVolumesDownAndLogitsUpAsTheReference) {
  NMSW_GOLDEN_OR_SKIP(golden, "resample.pt");
  GoldenChecks checks(golden);
  for (const std::string& name : golden.cases_with("rate")) {
    SCOPED_TRACE(name);
    const Int3 rate = golden.triple(name + ".rate");
    if (golden.has(name + ".volume")) {
      const Tensor& volume = golden.tensor(name + ".volume");
      checks.close(name + ".low_volume",
                   resize_trilinear(volume, coarse_extent(extent_dhw(volume), rate)), 3e-6, 0);
    }
    if (golden.has(name + ".label")) {
      const Tensor& label = golden.tensor(name + ".label");
      checks.equal(name + ".low_label", resize_label(label, coarse_extent(extent_dhw(label), rate),
                                                     LabelAlignment::nearest));
    }
    if (!checks.has(name + ".up_logits")) continue;
    const Tensor &logits = golden.tensor(name + ".low_logits"),
                 &up = golden.tensor(name + ".up_logits");
    EXPECT_TRUE(testing::close(resize_trilinear(logits, extent_dhw(up)), up, 3e-6, 0));
    const int64_t first = std::min<int64_t>(3, up.size(2) - 1),
                  count = std::min<int64_t>(4, up.size(2) - first);
    const Int3 planes{count, up.size(3), up.size(4)};
    EXPECT_TRUE(testing::close(upsample_box(logits, extent_dhw(up), {first, 0, 0}, planes),
                               up.narrow(2, first, count), 2e-6, 0));
  }
  NMSW_SKIP_UNLESS_COMPARED(checks);
}

}  // namespace
}  // namespace nmsw
