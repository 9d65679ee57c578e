#include "nmsw/aggregation/aggregate.h"

#include <gtest/gtest.h>

#include "nmsw/aggregation/class_weight.h"
#include "nmsw/inference/slab_accumulator.h"
#include "nmsw/tensor/patch_ops.h"
#include "tests/support/golden.h"

namespace nmsw {
namespace {

using testing::close;

// The example of METHOD 2.9: a volume of 12³, three patches of 6³, three classes, rate 3.
struct SpecExample {
  Int3 extent{12, 12, 12}, patch{6, 6, 6}, rate{3, 3, 3};
  std::vector<Int3> starts{{0, 0, 0}, {3, 3, 3}, {6, 6, 6}};
  Tensor patches, coarse;
  SpecExample() {
    const Tensor j = torch::arange(3 * 216, torch::kDouble) * 0.1;
    patches = torch::stack({j.sin(), (j + 1).sin(), (j + 2).sin()})
                  .view({3, 3, 6, 6, 6})
                  .to(torch::kFloat);
    coarse =
        (torch::arange(3 * 64, torch::kDouble) * 0.2).cos().view({1, 3, 4, 4, 4}).to(torch::kFloat);
  }
  Tensor blended() const {
    return blend_patches(patches, starts, importance_map(patch), extent, OverlapBlend::normalised);
  }
  Tensor covered() const { return covered_voxels(starts, patch, extent); }
};

Tensor at_spec_places(const Tensor& output) {
  return output.flatten().index_select(
      0, torch::tensor({0, 100, 777, 1728, 2600, 4356, 5183}).to(torch::kLong));
}

TEST(AggregatePaste, HasTheSpecsCheckValues) {
  const SpecExample given;
  const Tensor output = aggregate_paste(given.blended(), given.covered(), given.coarse);
  EXPECT_TRUE(
      close(at_spec_places(output),
            torch::tensor({0.0, -0.4370977, -0.0782339, 0.3812505, 0.213385, 0.1178501, -0.664298}),
            1e-5, 0));
  EXPECT_NEAR(output.mean().item<double>(), -0.00674293, 1e-6);
}

TEST(AggregateClassWeight, HasTheSpecsCheckValues) {
  const SpecExample given;
  const Tensor weight = torch::sigmoid(torch::tensor({0.F, 1.F, 10.F})).view({1, 3, 1, 1, 1});
  const Tensor output =
      aggregate_class_weight(given.blended(), given.covered(), given.coarse, weight);
  EXPECT_TRUE(
      close(at_spec_places(output),
            torch::tensor({0.5, -0.4370977, -0.0580447, 0.5403514, 0.213385, 0.2678827, -0.664228}),
            1e-5, 0));
  EXPECT_NEAR(output.mean().item<double>(), 0.01009602, 1e-6);
}

TEST(SlabAccumulator, GivesTheLabelsOfTheFullAggregation) {
  const SpecExample given;
  SlabVolume volume;
  volume.num_classes = 3;
  volume.extent_dhw = given.extent;
  volume.importance = importance_map(given.patch);
  volume.coarse.logits = given.coarse;
  const auto labels = [&](const Tensor& class_weight) {
    volume.coarse.class_weight = class_weight;
    const SlabOutput output{torch::empty({12, 12, 12}, torch::kByte), {}};
    SlabAccumulator sums(volume, given.starts, all_blocks(given.extent), output);
    for (int64_t k = 0; k < 3; ++k) {
      sums.add(given.patches[k]);
      sums.write_finished();
    }
    sums.write_untouched();
    return output.labels;
  };
  const Tensor weight = torch::sigmoid(torch::tensor({0.F, 1.F, 2.F})).view({1, 3, 1, 1, 1});
  const Tensor weighted =
      aggregate_class_weight(given.blended(), given.covered(), given.coarse, weight);
  EXPECT_TRUE(torch::equal(labels(weight), weighted[0].argmax(0).to(torch::kByte)));
  const Tensor pasted = aggregate_paste(given.blended(), given.covered(), given.coarse);
  EXPECT_TRUE(torch::equal(labels({}), pasted[0].argmax(0).to(torch::kByte)));
}

}  // namespace
}  // namespace nmsw
