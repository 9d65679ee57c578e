#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "datasets/layouts/descriptor.h"
#include "nmsw/base/config_fields.h"
#include "nmsw/base/volume.h"

namespace nmsw::datasets {

/// How many phantom cases to make, from which seed, and on which grid.
struct PhantomConfig {
  int64_t train_cases = 12;
  int64_t validation_cases = 2;
  int64_t test_cases = 4;
  uint64_t seed = 1;
  /// Absent: the anatomy's own grid.
  std::optional<Int3> extent_xyz;
  /// Standard deviation of the image noise.
  double noise_hu = 12;
  /// Scales every difference between cases (placement, size, shape); 1 is the default difficulty.
  double variation = 1;
};
template <class Visitor>
void visit_fields(PhantomConfig& config, Visitor& v) {
  v.field("train_cases", config.train_cases, some_cases, "training cases");
  v.field("validation_cases", config.validation_cases, case_count, "validation cases");
  v.field("test_cases", config.test_cases, some_cases, "test cases");
  v.field("seed", config.seed, "root of every random number");
  v.field("extent_xyz", config.extent_xyz, voxel_extent,
          "voxels of a volume; absent: the anatomy's own");
  v.field("noise_hu", config.noise_hu, not_negative, "standard deviation of the image noise in HU");
  v.field("variation", config.variation, not_negative, "scales every difference between cases");
}

/// The grid an anatomy is made on when the configuration names none.
Int3 default_extent_xyz(const std::string& anatomy);

/// Throws ConfigError for an extent below 48 voxels.
void require_phantom_extent(Int3 extent_xyz);

/// One CT-like case in HU with its label map, in canonical RAS voxel order. `anatomy` is abdomen
/// (WORD's 16 classes), organ (TotalSegmentator's 24) or vertebrae (26); the same arguments give
/// the same voxels bit for bit. Throws ConfigError for an unknown anatomy or an extent below 48
/// voxels.
std::pair<ImageVolume, LabelVolume> make_phantom(const std::string& anatomy,
                                                 const PhantomConfig& config, uint64_t case_seed);
/// The same with other classes, e.g. an older class list; ConfigError for a class the phantom has
/// not.
std::pair<ImageVolume, LabelVolume> make_phantom(const std::string& anatomy,
                                                 const std::vector<std::string>& classes,
                                                 const PhantomConfig& config, uint64_t case_seed);

/// Writes a data set of phantoms in the descriptor's own layout (word, totalsegmentator or nnunet),
/// headers in different orientations as real folders have them. A marker file with the settings is
/// written last: a folder that has it is left alone, one that was interrupted is completed, and
/// other settings are refused (DataError).
void write_phantom_dataset(const DatasetDescriptor& descriptor, const PhantomConfig& config,
                           const std::filesystem::path& root);

/// The number of cases of each split for `total` cases: 2/3 training, 1/12 validation, the rest
/// test, at least one training and one test case.
PhantomConfig phantom_config_for(int64_t total, uint64_t seed, std::optional<Int3> extent_xyz);

/// A copy of the descriptor that is written in another layout; for nnunet the label ids are the
/// class indices.
DatasetDescriptor with_layout(DatasetDescriptor descriptor, const std::string& layout);

}  // namespace nmsw::datasets
