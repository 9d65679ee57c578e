#pragma once

#include <array>
#include <filesystem>
#include <string>
#include <vector>

#include "datasets/image_io.h"
#include "tests/support/put_file.h"
#include "tests/support/temporary_folder.h"

// Small data sets of nnU-Net's layout, whose numbers are known.

namespace nmsw::datasets::made_up {

/// A box of one class, in voxels.
struct ClassBox {
  uint8_t id;
  Int3 start_xyz, extent_xyz;
  float value;
};

/// Voxel axes run right, front, head, so that boxes stay as they are written.
struct MadeUpScan {
  Int3 extent_xyz{40, 40, 40};
  Real3 spacing_xyz_mm{1, 1, 1};
  float background = -1000;
  std::vector<ClassBox> boxes;
};

inline Geometry ras_grid(const MadeUpScan& scan) {
  Geometry grid;
  grid.extent_xyz = scan.extent_xyz;
  grid.spacing_xyz_mm = scan.spacing_xyz_mm;
  grid.direction_lps = {-1, 0, 0, 0, -1, 0, 0, 0, 1};
  return grid;
}

inline void put_scan(const std::filesystem::path& root, const std::string& image_name,
                     const std::string& id, const MadeUpScan& scan) {
  const Geometry grid = ras_grid(scan);
  const auto count = static_cast<size_t>(grid.voxel_count());
  ImageVolume image{grid, std::vector<float>(count, scan.background)};
  LabelVolume label{grid, std::vector<uint8_t>(count, 0)};
  for (const ClassBox& box : scan.boxes) {
    for (int64_t z = 0; z < box.extent_xyz[2]; ++z) {
      for (int64_t y = 0; y < box.extent_xyz[1]; ++y) {
        for (int64_t x = 0; x < box.extent_xyz[0]; ++x) {
          const auto at = static_cast<size_t>(
              image.index(box.start_xyz[0] + x, box.start_xyz[1] + y, box.start_xyz[2] + z));
          image.voxels[at] = box.value;
          label.voxels[at] = box.id;
        }
      }
    }
  }
  std::filesystem::create_directories(root / "imagesTr");
  std::filesystem::create_directories(root / "labelsTr");
  write_image(root / "imagesTr" / (image_name + ".nii"), image);
  write_label(root / "labelsTr" / (id + ".nii"), label);
}

/// Cases c0, c1, … as nnU-Net numbers their one channel.
inline void put_scans(const std::filesystem::path& root, int64_t cases, const MadeUpScan& scan) {
  for (int64_t i = 0; i < cases; ++i) {
    const std::string id = "c" + std::to_string(i);
    put_scan(root, id + "_0000", id, scan);
  }
}

inline constexpr const char* kJsonOfV2 =
    R"({"channel_names": {"0": "CT"}, "labels": {"background": 0, "organ_left": 1, "organ_right": 2},
        "file_ending": ".nii"})";
inline constexpr const char* kJsonOfV1 =
    R"({"modality": {"0": "MRI"}, "labels": {"0": "background", "1": "organ_left", "2": "organ_right"}})";

/// Two organs of 8 x 10 x 12 and 4 x 5 x 6 voxels.
inline MadeUpScan two_organs() {
  MadeUpScan scan;
  scan.extent_xyz = {64, 48, 40};
  scan.boxes = {{1, {4, 6, 8}, {8, 10, 12}, 40}, {2, {40, 20, 20}, {4, 5, 6}, 80}};
  return scan;
}

}  // namespace nmsw::datasets::made_up
