#include "nmsw/model/aggregated_loss.h"

#include <gtest/gtest.h>

#include "nmsw/aggregation/aggregate.h"
#include "nmsw/tensor/patch_ops.h"
#include "tests/support/golden.h"

namespace nmsw {
namespace {

using testing::close;

/// Patches over a volume that is no multiple of the coarse grid's rate.
struct Given {
  std::vector<Int3> starts{{0, 0, 0}, {4, 3, 6}, {13, 6, 0}};
  Int3 extent{21, 14, 17}, patch{8, 8, 10};
  Tensor patches, coarse, weight, label;
  Given() {
    torch::manual_seed(7);
    patches = torch::randn({3, 4, patch[0], patch[1], patch[2]}).requires_grad_();
    coarse = torch::randn({1, 4, 10, 7, 8});
    weight = torch::rand({1, 4, 1, 1, 1}).requires_grad_();
    label = torch::randint(0, 4, {1, 1, extent[0], extent[1], extent[2]}, torch::kByte);
  }
};

/// The loss of the whole logits, by autograd.
Tensor whole_loss(const Given& given, bool weighted, OverlapBlend blend) {
  const Tensor blended =
      blend_patches(given.patches, given.starts, importance_map(given.patch), given.extent, blend);
  const Tensor covered = covered_voxels(given.starts, given.patch, given.extent);
  const Tensor logits = weighted
                            ? aggregate_class_weight(blended, covered, given.coarse, given.weight)
                            : aggregate_paste(blended, covered, given.coarse);
  return dice_ce_loss(logits, given.label, {0.8, 0.2});
}

TEST(AggregatedLoss, HasTheValueAndTheGradientsOfTheWholeLogitsInSlabsOfAnySize) {
  for (const bool weighted : {true, false}) {
    for (const OverlapBlend blend : {OverlapBlend::normalised, OverlapBlend::sum}) {
      for (const int64_t planes : {1, 5, 100}) {
        SCOPED_TRACE(::testing::Message() << weighted << " " << enum_name(blend) << " " << planes);
        const Given streamed, whole;
        const PatchMerge merge{streamed.starts, importance_map(streamed.patch),
                               streamed.coarse, weighted ? streamed.weight : Tensor(),
                               blend,           streamed.extent};
        const int64_t numbers = planes * 4 * streamed.extent[1] * streamed.extent[2];
        const Tensor loss =
            3 * aggregated_loss(streamed.patches, merge, streamed.label, {0.8, 0.2}, numbers);
        const Tensor expected = 3 * whole_loss(whole, weighted, blend);
        loss.backward();
        expected.backward();
        EXPECT_NEAR(loss.item<double>(), expected.item<double>(), 2e-6);
        EXPECT_TRUE(close(streamed.patches.grad(), whole.patches.grad(), 1e-7, 1e-4));
        if (weighted) {
          EXPECT_TRUE(close(streamed.weight.grad(), whole.weight.grad(), 1e-6, 1e-4));
        }
      }
    }
  }
}

TEST(AggregatedLoss, IsTheSameAtAnyNumberOfThreads) {
  const Given given;
  const PatchMerge merge{given.starts, importance_map(given.patch), given.coarse,
                         given.weight, OverlapBlend::normalised,    given.extent};
  const int before = at::get_num_threads();
  const Tensor two = aggregated_loss(given.patches, merge, given.label, {});
  at::set_num_threads(1);
  EXPECT_TRUE(torch::equal(aggregated_loss(given.patches, merge, given.label, {}), two));
  at::set_num_threads(before);
}

TEST(AggregatedLoss, RefusesALabelOfAnotherExtent) {
  const Given given;
  const PatchMerge merge{given.starts, importance_map(given.patch), given.coarse,
                         given.weight, OverlapBlend::normalised,    given.extent};
  EXPECT_THROW(aggregated_loss(given.patches, merge, given.label.narrow(2, 0, 20), {}), ShapeError);
}

}  // namespace
}  // namespace nmsw
