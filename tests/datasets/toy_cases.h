#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "datasets/case_source.h"
#include "datasets/image_io.h"
#include "tests/support/make_volume.h"

// Small files of two classes, from which the tests of the layouts make data sets.

namespace nmsw::datasets::toy {

inline constexpr Int3 kExtent{6, 5, 4};

inline DatasetDescriptor two_class_descriptor(const std::string& layout) {
  return parse_descriptor("name: toy\nclasses: [left, right]\nlayout: " + layout + "\n",
                          "toy.yaml");
}

inline void put_image(const std::filesystem::path& file, const Int3& extent = kExtent) {
  write_image(file, nmsw::testing::random_image(nmsw::testing::oblique_geometry(extent), 1));
}

inline void put_label(const std::filesystem::path& file, int64_t classes = 3,
                      const Int3& extent = kExtent) {
  write_label(file,
              nmsw::testing::random_label(nmsw::testing::oblique_geometry(extent), classes, 2));
}

inline void put_mask(const std::filesystem::path& file, const std::vector<int64_t>& voxels) {
  LabelVolume mask{nmsw::testing::oblique_geometry(kExtent), std::vector<uint8_t>(120, 0)};
  for (const int64_t voxel : voxels) mask.voxels[size_t(voxel)] = 1;
  write_label(file, mask);
}

inline std::vector<std::string> ids(const std::vector<CaseFiles>& cases, Split split) {
  std::vector<std::string> names;
  for (const CaseFiles& files : cases) {
    if (files.split == split) names.push_back(files.case_id);
  }
  return names;
}
using Names = std::vector<std::string>;

}  // namespace nmsw::datasets::toy
