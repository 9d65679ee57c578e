#include "nmsw/inference/zoom_out.h"

#include <gtest/gtest.h>

#include "nmsw/inference/crop_votes.h"
#include "nmsw/tensor/patch_ops.h"
#include "nmsw/tensor/resize.h"

namespace nmsw {
namespace {

/// Logits that an image's intensities decide voxel by voxel: class c where the image is near c.
class ByIntensity final : public Backbone {
 public:
  explicit ByIntensity(int64_t classes) : classes_(classes) {}
  BackboneOutput forward(const Tensor& image) override {
    const Tensor centres = torch::arange(classes_, torch::kFloat).view({1, -1, 1, 1, 1});
    const Tensor logits = -(image - centres).square();
    return {{logits}, logits};
  }
  int64_t feature_channels() const override { return classes_; }
  int64_t size_multiple() const override { return 1; }

 private:
  int64_t classes_;
};

/// The authors' zoom-out with every logit of the volume in one tensor: per organ the crop's logits
/// are added where their own arg max is the organ.
Tensor brute_force(const Tensor& volume, Backbone& local, int64_t classes,
                   const PatchGeometry& geometry, const Tensor& coarse_labels) {
  const Int3 extent = extent_dhw(volume), patch = geometry.patch_dhw;
  Tensor sums = torch::zeros({classes, extent[0], extent[1], extent[2]});
  sums[0].fill_(1e-4);
  for (int64_t label = 1; label < classes; ++label) {
    const Tensor voxels = (coarse_labels == label).nonzero();
    if (voxels.size(0) == 0) continue;
    Int3 start{}, size{};
    for (int64_t axis = 0; axis < 3; ++axis) {
      const auto a = static_cast<size_t>(axis);
      const int64_t first = voxels.select(1, axis).min().item<int64_t>();
      const int64_t last = voxels.select(1, axis).max().item<int64_t>();
      const int64_t missing = std::max<int64_t>(0, patch[a] - (last - first + 1));
      size[a] = last - first + 1 + missing;
      start[a] = std::clamp<int64_t>(first - missing / 2, 0, extent[a] - size[a]);
    }
    const Tensor image = resize_trilinear(crop(volume, start, size), patch);
    const Tensor logits = resize_trilinear(local.forward(image).logits, size)[0];
    crop(sums, start, size).add_(logits * (logits.argmax(0) == label));
  }
  return sums.argmax(0).to(torch::kByte);
}

struct Given {
  Int3 extent{41, 37, 45};
  int64_t classes = 4;
  PatchGeometry geometry{{16, 16, 16}, {2, 2, 2}, 0.5};
  Tensor volume;
  /// Smooth blobs of every class, two of them nested, with noise that the local network sees.
  Given() {
    torch::manual_seed(11);
    const Tensor small = torch::rand({1, 1, 6, 6, 6}) * 4 - 0.6;
    volume = resize_trilinear(small, extent) + 0.1 * torch::randn({1, 1, 41, 37, 45});
  }
};

TEST(ZoomOut, IsTheAuthorsWhereTheLocalNetworkAddsAndDropsVoxels) {
  const Given given;
  const auto global = std::make_shared<ByIntensity>(given.classes);
  // The local network draws its borders elsewhere: it sees brighter voxels.
  class Shifted final : public Backbone {
   public:
    BackboneOutput forward(const Tensor& image) override { return inner_.forward(image + 0.35); }
    int64_t feature_channels() const override { return 4; }
    int64_t size_multiple() const override { return 1; }

   private:
    ByIntensity inner_{4};
  };
  const auto local = std::make_shared<Shifted>();
  const Segmentation found =
      ZoomOut(local, global, given.classes, {given.geometry}).segment(given.volume);
  const torch::NoGradGuard no_grad;
  const Tensor expected =
      brute_force(given.volume, *local, given.classes, given.geometry, found.coarse_labels);
  EXPECT_EQ(found.picks.size(), 3U);
  int64_t added = 0, dropped = 0;
  for (int64_t label = 1; label < given.classes; ++label) {
    const Tensor coarse = found.coarse_labels == label, fine = expected == label;
    added += fine.logical_and(coarse.logical_not()).sum().item<int64_t>();
    dropped += coarse.logical_and(fine.logical_not()).sum().item<int64_t>();
  }
  EXPECT_GT(added, 500) << "the case shows nothing";
  EXPECT_GT(dropped, 500) << "the case shows nothing";
  EXPECT_LE((found.labels != expected).sum().item<int64_t>(), 2);
}

TEST(ZoomOut, TimesABoxOfAPatchForEveryClassWhereItsNetworksAreDrawn) {
  const Given given;
  const auto network = std::make_shared<ByIntensity>(given.classes);
  const Segmentation found = ZoomOut(network, network, 9, {given.geometry, Precision::fp32, true})
                                 .segment(torch::zeros({1, 1, 40, 32, 16}));
  ASSERT_EQ(found.picks.size(), 8U);
  for (const PickedPatch& pick : found.picks) EXPECT_EQ(pick.size_dhw, (Int3{16, 16, 16}));
  EXPECT_EQ(found.picks.front().start_dhw, (Int3{0, 0, 0}));
  EXPECT_EQ(found.picks.back().start_dhw, (Int3{24, 16, 0}));
}

/// Random crops over each other: every order of claims, three at a voxel too.
TEST(CropVotes, SumsWhatSeveralCropsClaim) {
  torch::manual_seed(3);
  const Int3 extent{23, 19, 31};
  const int64_t classes = 5;
  CropVotes votes(extent, torch::kCPU);
  Tensor sums = torch::zeros({classes, extent[0], extent[1], extent[2]});
  sums[0].fill_(1e-4);
  Tensor claims = torch::zeros({extent[0], extent[1], extent[2]}, torch::kLong);
  for (const CropLogits& crop_of :
       {CropLogits{1, {0, 0, 0}, {20, 19, 25}, {}}, CropLogits{2, {3, 2, 5}, {15, 17, 26}, {}},
        CropLogits{3, {8, 0, 0}, {15, 16, 31}, {}}, CropLogits{4, {0, 3, 1}, {23, 16, 30}, {}}}) {
    CropLogits one = crop_of;
    one.logits = torch::randn({1, classes, 7, 8, 9});
    one.logits.select(1, one.label).add_(0.8);
    const Tensor up = resize_trilinear(one.logits, one.size_dhw)[0];
    const Tensor own = up.argmax(0) == one.label;
    crop(sums, one.start_dhw, one.size_dhw).add_(up * own);
    crop(claims, one.start_dhw, one.size_dhw).add_(own);
    votes.add(one);
  }
  EXPECT_GT((claims > 2).sum().item<int64_t>(), 50) << "the case shows nothing";
  EXPECT_LE((votes.labels() != sums.argmax(0)).sum().item<int64_t>(), 2);
}

TEST(CropVotes, LeavesBackgroundWhereNobodyClaims) {
  CropVotes votes({4, 4, 4}, torch::kCPU);
  EXPECT_EQ(votes.labels().max().item<int64_t>(), 0);
}

}  // namespace
}  // namespace nmsw
