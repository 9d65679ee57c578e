#include "datasets/phantoms/phantom.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <map>

#include <gtest/gtest.h>

#include "datasets/phantoms/phantom_anatomy.h"
#include "nmsw/base/error.h"
#include "tests/support/expect_error.h"

namespace nmsw::datasets {
namespace {

using testing::expect_error;

constexpr std::array<const char*, 3> kAnatomies{"abdomen", "organ", "vertebrae"};

std::map<int, int64_t> voxels_of(const LabelVolume& label) {
  std::map<int, int64_t> count;
  for (const uint8_t voxel : label.voxels) ++count[voxel];
  return count;
}

/// Mean position (x, y, z in voxels) of a class.
Real3 centre_of(const LabelVolume& label, int class_index) {
  Real3 sum{0, 0, 0};
  double count = 0;
  const Int3 extent = label.geometry.extent_xyz;
  for (int64_t z = 0; z < extent[2]; ++z) {
    for (int64_t y = 0; y < extent[1]; ++y) {
      for (int64_t x = 0; x < extent[0]; ++x) {
        if (label.voxels[label.index(x, y, z)] != class_index) continue;
        sum = {sum[0] + double(x), sum[1] + double(y), sum[2] + double(z)};
        ++count;
      }
    }
  }
  return {sum[0] / count, sum[1] / count, sum[2] / count};
}

int index_in(const std::string& anatomy, const std::string& name) {
  const auto& classes = phantom_anatomy(anatomy).classes;
  return int(std::find(classes.begin(), classes.end(), name) - classes.begin()) + 1;
}

double dice(const std::vector<uint8_t>& a, const std::vector<uint8_t>& b, int class_index) {
  int64_t both = 0, sum = 0;
  for (size_t i = 0; i < a.size(); ++i) {
    both += a[i] == class_index && b[i] == class_index;
    sum += (a[i] == class_index) + (b[i] == class_index);
  }
  return 2.0 * double(both) / double(sum);
}

TEST(Phantom, IsTheSameBitForBitForTheSameSeedAndDiffersForAnother) {
  for (const std::string anatomy : kAnatomies) {
    const auto [image, label] = make_phantom(anatomy, {}, 7);
    const auto [again, label_again] = make_phantom(anatomy, {}, 7);
    const auto [other, label_other] = make_phantom(anatomy, {}, 8);
    EXPECT_EQ(image.voxels, again.voxels) << anatomy;
    EXPECT_EQ(label.voxels, label_again.voxels) << anatomy;
    EXPECT_NE(label.voxels, label_other.voxels) << anatomy;
  }
}

TEST(Phantom, ShowsEveryClassOfItsTaskInMostCasesAndBigEnoughToLearn) {
  for (const std::string anatomy : kAnatomies) {
    std::map<int, std::vector<int64_t>> sizes;
    for (uint64_t seed = 0; seed < 9; ++seed) {
      for (const auto& [index, voxels] : voxels_of(make_phantom(anatomy, {}, seed).second)) {
        sizes[index].push_back(voxels);
      }
    }
    const auto classes = phantom_anatomy(anatomy).classes;
    EXPECT_EQ(sizes.size(), classes.size() + 1) << anatomy;
    for (auto& [index, found] : sizes) {
      if (index == 0) continue;
      const std::string& name = classes[size_t(index - 1)];
      EXPECT_GE(found.size(), 2u) << name;
      std::sort(found.begin(), found.end());
      EXPECT_GE(found[found.size() / 2], 120) << anatomy << " " << name;
    }
  }
}

TEST(Phantom, CannotBeSolvedByPositionAlone) {
  constexpr int kTrain = 14, kTest = 4;
  for (const std::string anatomy : kAnatomies) {
    const int classes = int(phantom_anatomy(anatomy).classes.size()) + 1;
    std::vector<std::vector<uint8_t>> labels;
    for (int i = 0; i < kTrain + kTest; ++i) {
      labels.push_back(make_phantom(anatomy, {}, 100 + uint64_t(i)).second.voxels);
    }
    // The commonest class of the training cases at every voxel; foreground counts thrice, or it
    // would hardly show.
    std::vector<uint8_t> majority(labels[0].size());
    std::vector<int> votes(size_t(classes), 0);
    for (size_t v = 0; v < majority.size(); ++v) {
      std::fill(votes.begin(), votes.end(), 0);
      for (int i = 0; i < kTrain; ++i)
        votes[labels[size_t(i)][v]] += labels[size_t(i)][v] == 0 ? 1 : 3;
      majority[v] = uint8_t(std::max_element(votes.begin(), votes.end()) - votes.begin());
    }
    double sum = 0;
    int count = 0;
    for (int i = kTrain; i < kTrain + kTest; ++i) {
      for (int c = 1; c < classes; ++c) {
        if (std::count(labels[size_t(i)].begin(), labels[size_t(i)].end(), c) == 0) continue;
        sum += dice(majority, labels[size_t(i)], c);
        ++count;
      }
    }
    EXPECT_LT(sum / count, 0.45) << anatomy;
  }
}

TEST(Phantom, HasItsOrgansOnThePatientsOwnSides) {
  // x runs to the patient's right.
  for (uint64_t seed = 0; seed < 4; ++seed) {
    const LabelVolume label = make_phantom("abdomen", {}, seed).second;
    const auto x = [&](const char* name) { return centre_of(label, index_in("abdomen", name))[0]; };
    EXPECT_GT(x("liver"), x("stomach"));
    EXPECT_GT(x("liver"), x("spleen"));
    EXPECT_GT(x("right_kidney"), x("left_kidney"));
    EXPECT_GT(x("Head_of_femur_R"), x("Head_of_femur_L"));
  }
}

TEST(Phantom, HasTheVertebraeInOrderFromTheSacrumUp) {
  const LabelVolume label = make_phantom("vertebrae", {}, 3).second;
  const auto present = voxels_of(label);
  double below = -1;
  for (int c = 1; c <= 26; ++c) {
    if (present.count(c) == 0) continue;
    const double z = centre_of(label, c)[2];
    EXPECT_GT(z, below) << "class " << c;
    below = z;
  }
}

TEST(Phantom, GivesAllVertebraeTheSameBrightness) {
  const auto [image, label] = make_phantom("vertebrae", {}, 5);
  std::map<int, std::pair<double, double>> sums;
  for (size_t i = 0; i < label.voxels.size(); ++i) {
    auto& [sum, count] = sums[label.voxels[i]];
    sum += image.voxels[i];
    ++count;
  }
  sums.erase(0);
  double low = 1e9, high = -1e9;
  for (const auto& [index, total] : sums) {
    if (total.second < 50) continue;  // cut by the border of the volume
    low = std::min(low, total.first / total.second);
    high = std::max(high, total.first / total.second);
  }
  // Partial volume takes a little from the small ones; nothing that tells neighbours apart.
  EXPECT_LT(high - low, 110);
  EXPECT_GT(low, 200);
}

TEST(Phantom, HasAirOutsideAndTissueInside) {
  const auto [image, label] = make_phantom("abdomen", {}, 2);
  EXPECT_NEAR(image.voxels[0], -1000, 100);
  std::map<int, std::pair<double, double>> sums;
  for (size_t i = 0; i < label.voxels.size(); ++i) {
    auto& [sum, count] = sums[label.voxels[i]];
    sum += image.voxels[i];
    ++count;
  }
  const auto mean = [&](const char* name) {
    const auto& total = sums.at(index_in("abdomen", name));
    return total.first / total.second;
  };
  EXPECT_NEAR(mean("liver"), 120, 40);
  EXPECT_GT(mean("Head_of_femur_L"), 200);
  EXPECT_LT(mean("bladder"), 40);
}

TEST(Phantom, SometimesLacksAnOrgan) {
  int without_gallbladder = 0;
  for (uint64_t seed = 0; seed < 20; ++seed) {
    const auto present = voxels_of(make_phantom("abdomen", {}, seed).second);
    without_gallbladder += present.count(index_in("abdomen", "gallbladder")) == 0;
  }
  EXPECT_GT(without_gallbladder, 0);
  EXPECT_LT(without_gallbladder, 10);
}

TEST(Phantom, TakesAnotherExtentAndRefusesOneThatIsTooSmall) {
  PhantomConfig config;
  config.extent_xyz = Int3{64, 48, 56};
  EXPECT_EQ(make_phantom("organ", config, 1).first.geometry.extent_xyz, (Int3{64, 48, 56}));
  config.extent_xyz = Int3{64, 16, 56};
  expect_error<ConfigError>([&] { make_phantom("organ", config, 1); },
                            {"64 x 16 x 56", "at least 48"});
  expect_error<ConfigError>([&] { make_phantom("brain", {}, 1); },
                            {"'brain'", "abdomen, organ, vertebrae"});
}

}  // namespace
}  // namespace nmsw::datasets
