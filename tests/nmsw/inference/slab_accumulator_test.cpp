#include "nmsw/inference/slab_accumulator.h"

#include <gtest/gtest.h>

#include "nmsw/aggregation/aggregate.h"
#include "nmsw/tensor/patch_grid.h"
#include "nmsw/tensor/patch_ops.h"
#include "nmsw/tensor/resize.h"

namespace nmsw {
namespace {

/// Some patches with random logits on a volume, with or without coarse logits.
struct SlabCase {
  SlabVolume volume;
  std::vector<Int3> starts;
  std::vector<Tensor> logits;

  SlabCase(Int3 extent, const std::vector<Int3>& patch_starts, Int3 patch) : starts(patch_starts) {
    torch::manual_seed(7);
    volume.num_classes = 5;
    volume.extent_dhw = extent;
    volume.importance = importance_map(patch);
    for (size_t k = 0; k < starts.size(); ++k)
      logits.push_back(torch::randn({5, patch[0], patch[1], patch[2]}));
  }

  void add_coarse(Int3 rate, bool weighted) {
    const Int3 coarse = coarse_extent(volume.extent_dhw, rate);
    volume.coarse.logits = torch::randn({1, 5, coarse[0], coarse[1], coarse[2]});
    if (weighted) volume.coarse.class_weight = torch::rand({1, 5, 1, 1, 1});
  }
};

Tensor bring_axis_up(const Tensor& coarse, int64_t dim, int64_t fine) {
  const int64_t extent = coarse.size(dim);
  std::vector<int64_t> low, high;
  std::vector<float> share;
  for (int64_t i = 0; i < fine; ++i) {
    const double rate = static_cast<double>(fine) / static_cast<double>(extent);
    const double at = std::max(0.0, (static_cast<double>(i) + 0.5) / rate - 0.5);
    low.push_back(std::min(static_cast<int64_t>(at), extent - 1));
    high.push_back(std::min(low.back() + 1, extent - 1));
    share.push_back(static_cast<float>(at - static_cast<double>(low.back())));
  }
  std::vector<int64_t> along(static_cast<size_t>(coarse.dim()), 1);
  along[static_cast<size_t>(dim)] = fine;
  const Tensor a = coarse.index_select(dim, torch::tensor(low)),
               b = coarse.index_select(dim, torch::tensor(high));
  return a + torch::tensor(share).view(along) * (b - a);
}

/// The same logits [1,C,D,H,W] from buffers that hold everything.
Tensor full_buffer_logits(const SlabCase& given) {
  const SlabVolume& volume = given.volume;
  const Int3 extent = volume.extent_dhw, patch = extent_dhw(volume.importance);
  Tensor sum = torch::zeros({volume.num_classes, extent[0], extent[1], extent[2]});
  Tensor weight = torch::zeros({extent[0], extent[1], extent[2]});
  for (size_t k = 0; k < given.starts.size(); ++k) {
    crop(sum, given.starts[k], patch).add_(given.logits[k] * volume.importance);
    crop(weight, given.starts[k], patch).add_(volume.importance);
  }
  const CoarsePart& coarse = volume.coarse;
  if (coarse.blend == OverlapBlend::normalised) sum = sum / weight.masked_fill(weight == 0, 1.0);
  if (!coarse.logits.defined()) return sum.unsqueeze(0);
  Tensor up = coarse.logits;
  if (coarse.class_weight.defined()) {
    up = yield_to_patches(up, weight > 0, coarse.class_weight);
  }
  for (int64_t axis = 3; axis-- > 0;)
    up = bring_axis_up(up, axis + 2, extent[static_cast<size_t>(axis)]);
  if (coarse.class_weight.defined()) return coarse.class_weight * sum + up;
  return sum + up * (weight == 0);
}

/// Labels and logits that the accumulators of so many bands give, of patches that come so many
/// planes at a time.
SlabOutput streamed(const SlabCase& given, int64_t bands, int64_t planes) {
  const Int3 extent = given.volume.extent_dhw;
  SlabOutput output{empty_labels(extent, torch::kCPU, given.volume.by_tensors).fill_(255),
                    torch::full({1, 5, extent[0], extent[1], extent[2]}, 1e9)};
  for (const BlockBox& band : block_bands(extent, bands)) {
    SlabAccumulator sums(given.volume, given.starts, band, output);
    for (size_t k = 0; k < given.starts.size(); ++k) {
      if (touched_blocks(given.starts[k], extent_dhw(given.volume.importance), band).empty())
        continue;
      for (const Tensor& some : given.logits[k].split(planes, 1)) {
        sums.add(some);
        sums.write_finished();
      }
    }
    sums.write_untouched();
  }
  output.labels = crop(output.labels, {0, 0, 0}, extent);
  return output;
}

/// On memory, and as on other devices.
void expect_full_buffers_bits(SlabCase given) {
  const Tensor expected = full_buffer_logits(given);
  for (const int64_t bands : {1, 2, 100}) {
    for (const bool by_tensors : {false, true}) {
      SCOPED_TRACE(::testing::Message() << bands << " bands, by tensors " << by_tensors);
      given.volume.by_tensors = by_tensors;
      for (const int64_t planes : {int64_t{5}, given.volume.importance.size(0)}) {
        const SlabOutput output = streamed(given, bands, planes);
        EXPECT_TRUE(torch::equal(output.logits, expected)) << planes << " planes";
        EXPECT_TRUE(torch::equal(output.labels, expected[0].argmax(0).to(torch::kByte)));
      }
    }
  }
}

TEST(SlabAccumulator, GivesTheBitsOfAFullBufferForEveryPatchOfAGrid) {
  const Int3 patch{12, 10, 16};
  for (const Int3 extent : {Int3{21, 30, 37}, Int3{33, 17, 70}, Int3{12, 10, 16}}) {
    for (const double overlap : {0.0, 0.25, 0.5, 0.75}) {
      SCOPED_TRACE(::testing::Message() << extent[0] << " deep, overlap " << overlap);
      SlabCase given(extent, patch_grid(extent, patch, overlap).starts_dhw, patch);
      for (const OverlapBlend blend : {OverlapBlend::normalised, OverlapBlend::sum}) {
        given.volume.coarse.blend = blend;
        expect_full_buffers_bits(given);
      }
    }
  }
}

TEST(SlabAccumulator, GivesTheBitsOfAFullBufferForSomePatchesOverCoarseLogits) {
  const Int3 extent{30, 42, 66}, patch{12, 10, 16};
  for (const double overlap : {0.0, 0.25, 0.5, 0.75}) {
    const PatchGrid grid = patch_grid(extent, patch, overlap);
    for (const size_t step : {size_t{0}, size_t{1}, size_t{3}, static_cast<size_t>(grid.count())}) {
      std::vector<Int3> some;
      for (size_t n = 0; step > 0 && n < grid.starts_dhw.size(); n += step)
        some.push_back(grid.starts_dhw[n]);
      for (const bool weighted : {false, true}) {
        SCOPED_TRACE(::testing::Message()
                     << "overlap " << overlap << ", one in " << step << ", weighted " << weighted);
        SlabCase given(extent, some, patch);
        given.add_coarse({3, 2, 3}, weighted);
        given.volume.coarse.blend = step == 3 ? OverlapBlend::sum : OverlapBlend::normalised;
        expect_full_buffers_bits(given);
      }
    }
  }
}

TEST(SlabAccumulator, WorksOnMemoryAsOnTensors) {
  const Int3 extent{20, 18, 66}, patch{12, 10, 40};
  const Int3 start{5, 3, 26};
  for (const bool weighted : {false, true}) {
    SlabCase given(extent, {start}, patch);
    given.add_coarse({2, 3, 3}, weighted);
    SlabVolume& volume = given.volume;
    volume.covered = torch::randint(2, {10, 6, 22}, torch::kByte);
    BlockBox band = all_blocks(extent);
    band.first_dhw[1] = 1;  // cuts the patch
    const BlockBox box = touched_blocks(start, patch, band);
    std::vector<SlabBlock> blocks;
    for_each_block(band, box, [&](int64_t index, Int3 place) {
      const auto slot = static_cast<int64_t>(blocks.size());
      blocks.push_back({index, place, slot, slot % 2 == 0});
    });
    const auto count = static_cast<int64_t>(blocks.size());
    Tensor on_memory = torch::rand({count, 6, kBlockDhw[0], kBlockDhw[1], kBlockDhw[2]});
    Tensor on_tensors = on_memory.clone();
    const PatchPlanes planes{given.logits[0], volume.importance, start};
    cpu_blocks::add(planes, box, blocks, on_memory);
    tensor_blocks::add(planes, box, blocks, on_tensors);
    ASSERT_TRUE(torch::equal(on_memory, on_tensors));
    std::vector<SlabBlock> untouched = blocks;
    for (SlabBlock& block : untouched) block.slot = -1;
    for (const auto& some : {blocks, untouched}) {
      const MergedBlocks one = cpu_blocks::merge(volume, some, on_memory, Wanted::logits_too);
      const MergedBlocks other = tensor_blocks::merge(volume, some, on_memory, Wanted::logits_too);
      for (size_t n = 0; n < some.size(); ++n) {
        Int3 inside{};
        for (size_t axis = 0; axis < 3; ++axis) {
          inside[axis] =
              std::min(kBlockDhw[axis], extent[axis] - some[n].place_dhw[axis] * kBlockDhw[axis]);
        }
        const auto at = static_cast<int64_t>(n);
        EXPECT_TRUE(torch::equal(crop(one.logits[at], {0, 0, 0}, inside),
                                 crop(other.logits[at], {0, 0, 0}, inside)));
        EXPECT_TRUE(torch::equal(crop(one.labels[at], {0, 0, 0}, inside),
                                 crop(other.labels[at], {0, 0, 0}, inside)));
      }
    }
  }
}

TEST(SlabAccumulator, TakesNoMoreMemoryForADeeperVolume) {
  const auto bytes = [](int64_t depth) {
    const Int3 extent{depth, 32, 32}, patch{16, 32, 32};
    const SlabCase given(extent, patch_grid(extent, patch, 0.5).starts_dhw, patch);
    return SlabAccumulator(given.volume, given.starts, all_blocks(extent), {}).bytes();
  };
  // A patch is two blocks deep and four high; of each, five classes and the importance.
  EXPECT_EQ(bytes(48), 2 * 4 * 6 * kBlockVoxels * 4);
  EXPECT_EQ(bytes(480), bytes(48));
}

TEST(SlabAccumulator, RefusesPatchesTooFewTooManyOrOfAnotherShape) {
  const Int3 patch{8, 8, 8};
  const SlabCase given({8, 8, 16}, {{0, 0, 0}, {0, 0, 8}}, patch);
  const SlabOutput output{torch::empty({8, 8, 16}, torch::kByte), {}};
  SlabAccumulator sums(given.volume, given.starts, all_blocks({8, 8, 16}), output);
  EXPECT_THROW(sums.add(torch::zeros({5, 8, 8, 9})), ShapeError);
  sums.add(given.logits[0].narrow(1, 0, 5));
  EXPECT_THROW(sums.add(torch::zeros({5, 4, 8, 8})), ShapeError);
  sums.add(given.logits[0].narrow(1, 5, 3));
  EXPECT_THROW(sums.write_untouched(), ShapeError);
  sums.add(given.logits[1].narrow(1, 0, 1));
  EXPECT_THROW(sums.write_untouched(), ShapeError);
  sums.add(given.logits[1].narrow(1, 1, 7));
  sums.write_finished();
  sums.write_untouched();
  EXPECT_THROW(sums.add(given.logits[0]), ShapeError);
}

TEST(SlabAccumulator, RefusesMoreClassesThanALabelCanName) {
  EXPECT_EQ(labels_upsampled(torch::eye(256).view({1, 256, 1, 1, 256}), {1, 1, 256})[0][0][255]
                .item<int64_t>(),
            255);
  EXPECT_THROW(labels_upsampled(torch::zeros({1, 257, 1, 1, 1}), {1, 1, 1}), ShapeError);
}

TEST(SlabAccumulator, RefusesVoxelsThatNothingSaysAnythingAbout) {
  const SlabCase given({8, 8, 64}, {{0, 0, 0}}, {8, 8, 8});
  const SlabOutput output{torch::empty({8, 8, 64}, torch::kByte), {}};
  SlabAccumulator sums(given.volume, given.starts, all_blocks({8, 8, 64}), output);
  sums.add(given.logits[0]);
  EXPECT_THROW(sums.write_untouched(), ShapeError);
}

TEST(LabelsBroughtUp, AreTheArgMaxOfTheResizedLogits) {
  torch::manual_seed(1);
  const Tensor logits = torch::randn({1, 4, 7, 9, 11});
  for (const Int3 extent : {Int3{7, 9, 11}, Int3{21, 18, 44}, Int3{10, 31, 40}}) {
    const Tensor expected = resize_trilinear(logits, extent)[0].argmax(0).to(torch::kByte);
    EXPECT_LE((labels_upsampled(logits, extent) != expected).sum().item<int64_t>(), 2);
  }
}

// Where only labels are wanted, classes that cannot have the largest logit in a block are left out.
TEST(LabelsBroughtUp, AreTheArgMaxOfTheLogitsThatAreBroughtUpTheSameWay) {
  torch::manual_seed(2);
  const Int3 extent{40, 24, 70};
  // The first classes cannot win, two can, and of those between one has a NaN.
  const Tensor offsets =
      torch::tensor({0, 1, 2, 3, 3, 1, 0}).to(torch::kFloat).view({1, 7, 1, 1, 1});
  for (const double noise : {0.0, 1e-6, 0.3, 3.0}) {
    SlabVolume volume;
    volume.num_classes = 7;
    volume.extent_dhw = extent;
    volume.importance = torch::ones({1, 1, 1});
    volume.coarse.logits = offsets + noise * torch::randn({1, 7, 13, 8, 23});
    volume.coarse.logits[0][2][3][4][5] = std::numeric_limits<float>::quiet_NaN();
    const SlabOutput output{empty_labels(extent, torch::kCPU),
                            torch::empty({1, 7, extent[0], extent[1], extent[2]})};
    SlabAccumulator(volume, {}, all_blocks(extent), output).write_untouched();
    EXPECT_TRUE(torch::equal(labels_upsampled(volume.coarse.logits, extent), output.labels))
        << noise;
    const Tensor number = output.logits[0].isnan().any(0).logical_not();
    EXPECT_TRUE(torch::equal(output.labels.masked_select(number),
                             output.logits[0].argmax(0).to(torch::kByte).masked_select(number)));
  }
}

}  // namespace
}  // namespace nmsw
