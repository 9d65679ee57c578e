#include "datasets/formats/openkbp_file.h"

#include <gtest/gtest.h>

#include <fstream>
#include <map>

#include "datasets/grid/geometry.h"
#include "datasets/grid/orientation.h"
#include "datasets/image_io.h"
#include "datasets/layouts/detached_data.h"
#include "nmsw/base/error.h"
#include "tests/support/expect_error.h"
#include "tests/support/put_file.h"
#include "tests/support/temporary_folder.h"

// OpenKBP's CSV files, written here by hand: an index is 128 * 128 * (steps from front to back) + 128
// * (steps from right to left) + (steps from head to feet).

namespace nmsw::datasets {
namespace {

using nmsw::testing::expect_error;
using nmsw::testing::put_file;
using nmsw::testing::TemporaryFolder;

constexpr int64_t kVoxels = 128 * 128 * 128;

int64_t line_index(int64_t to_back, int64_t to_left, int64_t to_feet) {
  return 128 * 128 * to_back + 128 * to_left + to_feet;
}

class OpenKbpFile : public ::testing::Test {
 protected:
  void SetUp() override { put("voxel_dimensions.csv", "3.906e+00\n3.906e+00\n2.500e+00\n"); }
  void put(const std::string& name, const std::string& text) { put_file(folder_ / name, text); }
  /// The image of ct.csv with these lines behind the header.
  ImageVolume read_ct(const std::string& lines) {
    put("ct.csv", ",data\n" + lines);
    return read_image(folder_ / "ct.csv", &notes_);
  }
  void expect_fault(const std::string& name, const std::string& text,
                    const std::vector<std::string>& parts) {
    put(name, text);
    std::vector<std::string> all = parts;
    all.push_back((folder_ / name).string());
    expect_error<DataError>([&] { read_image(folder_ / name); }, all);
  }

  TemporaryFolder folder_;
  ReadNotes notes_;
};

TEST_F(OpenKbpFile, TurnsAnIndexIntoAPlaceInThePatient) {
  put("voxel_dimensions.csv", "3\n2\n5\n");
  // One voxel at the corner in front, right, above; then one step along each axis.
  const std::map<int64_t, float> listed{{line_index(0, 0, 0), 1100},
                                        {line_index(10, 0, 0), 1200},
                                        {line_index(0, 20, 0), 1300},
                                        {line_index(0, 0, 127), 1400}};
  std::string lines;
  for (const auto& [index, value] : listed) lines += fmt::format("{},{:.1f}\n", index, value);
  const ImageVolume image = read_ct(lines);
  EXPECT_EQ(image.geometry.extent_xyz, (Int3{128, 128, 128}));
  ASSERT_EQ(image.voxels.size(), static_cast<size_t>(kVoxels));
  EXPECT_TRUE(notes_.lines.empty());
  // LPS: x to the left, y to the back, z to the head. The lines of voxel_dimensions.csv are in the
  // order of an index: 3 mm front to back, 2 mm right to left, 5 mm head to feet.
  const std::map<float, Real3> places{
      {100, {0, 0, 0}}, {200, {0, 30, 0}}, {300, {40, 0, 0}}, {400, {0, 0, -635}}};
  size_t found = 0;
  for (int64_t z = 0; z < 128; ++z) {
    for (int64_t y = 0; y < 128; ++y) {
      for (int64_t x = 0; x < 128; ++x) {
        const float hu = image.voxels[static_cast<size_t>(image.index(x, y, z))];
        if (hu == -1000) continue;
        ++found;
        const auto at = places.find(hu);
        ASSERT_NE(at, places.end()) << hu;
        EXPECT_EQ(world_position(image.geometry, {double(x), double(y), double(z)}), at->second);
      }
    }
  }
  EXPECT_EQ(found, places.size());
  EXPECT_EQ(orientation_name(image.geometry), "LPI");
}

TEST_F(OpenKbpFile, EveryIndexHasItsOwnVoxel) {
  std::vector<bool> seen(static_cast<size_t>(kVoxels), false);
  const Geometry grid = openkbp_geometry(folder_ / "ct.csv");
  const ImageVolume volume{grid, {}};
  for (int64_t i = 0; i < kVoxels; ++i) {
    const Int3 voxel = openkbp_voxel_xyz(i);
    ASSERT_EQ(i, line_index(voxel[1], voxel[0], voxel[2]));
    const auto at = static_cast<size_t>(volume.index(voxel[0], voxel[1], voxel[2]));
    ASSERT_FALSE(seen.at(at));
    seen[at] = true;
  }
}

TEST_F(OpenKbpFile, LimitsValuesAndTakesAThousandOff) {
  const ImageVolume image = read_ct("5,0.0\n6,1.0\n7,1000.5\n8,4095.0\n9,4096.0\n10,32743\n");
  const auto hu = [&](int64_t to_feet) {
    return image.voxels[static_cast<size_t>(image.index(0, 0, to_feet))];
  };
  EXPECT_EQ(hu(4), -1000) << "not listed";
  EXPECT_EQ(hu(5), -1000);
  EXPECT_EQ(hu(6), -999);
  EXPECT_EQ(hu(7), 0.5F);
  EXPECT_EQ(hu(8), 3095);
  EXPECT_EQ(hu(9), 3095);
  EXPECT_EQ(hu(10), 3095);
  EXPECT_TRUE(notes_.lines.empty());
}

TEST_F(OpenKbpFile, ReadsNegativeValuesAsZeroAndSaysSo) {
  const ImageVolume image = read_ct("5,-24.0\n6,1.0\n");
  EXPECT_EQ(image.voxels[static_cast<size_t>(image.index(0, 0, 5))], -1000);
  ASSERT_EQ(notes_.lines.size(), 1U);
  EXPECT_EQ(notes_.lines[0].rfind((folder_ / "ct.csv").string() + ": 1 values are below 0", 0), 0U)
      << notes_.lines[0];
}

TEST_F(OpenKbpFile, ReadsAMaskInAnyOrderWithAnyLineEnds) {
  put("Brainstem.csv", "\xEF\xBB\xBF,data\r\n300,\r\n5,\r\n");
  const LabelVolume mask = read_label(folder_ / "Brainstem.csv");
  EXPECT_EQ(std::count(mask.voxels.begin(), mask.voxels.end(), 0), kVoxels - 2);
  EXPECT_EQ(mask.voxels[static_cast<size_t>(mask.index(0, 0, 5))], 1);
  EXPECT_EQ(mask.voxels[static_cast<size_t>(mask.index(2, 0, 300 - 2 * 128))], 1);
  put("SpinalCord.csv", ",data\n");
  const LabelVolume none = read_label(folder_ / "SpinalCord.csv");
  EXPECT_EQ(std::count(none.voxels.begin(), none.voxels.end(), 0), kVoxels);
}

TEST_F(OpenKbpFile, ReadsLinesAcrossBlocksOfTheFile) {
  // Every voxel, far more than is read at a time; the value tells the index.
  std::string text = ",data\n";
  for (int64_t i = 0; i < kVoxels; ++i) text += fmt::format("{},{}\n", i, i % 4001);
  put("ct.csv", text);
  const ImageVolume image = read_image(folder_ / "ct.csv");
  for (int64_t i = 0; i < kVoxels; ++i) {
    const Int3 at = openkbp_voxel_xyz(i);
    ASSERT_EQ(image.voxels[static_cast<size_t>(image.index(at[0], at[1], at[2]))],
              static_cast<float>(i % 4001 - 1000))
        << i;
  }
}

TEST_F(OpenKbpFile, NamesTheLineOfEveryFault) {
  expect_fault("ct.csv", "", {"is empty"});
  expect_fault("ct.csv", ",data\n", {"lists no voxel"});
  expect_fault("ct.csv", "5,18.0\n6,6.0\n", {"ct.csv:1: ", "'5,18.0'", "header ',data'"});
  expect_fault("ct.csv", ",dose\n5,18.0\n", {"ct.csv:1: ", "header ',data'"});
  expect_fault("ct.csv", ",data\n5,18.0\n6,1", {"ct.csv:3: ", "no end", "cut off"});
  expect_fault("ct.csv", ",data", {"ct.csv:1: ", "no end"});
  expect_fault("ct.csv", ",data\n5,18.0\n\n6,1.0\n", {"ct.csv:3: ", "'' is no line"});
  expect_fault("ct.csv", ",data\n5,18.0\n6\n", {"ct.csv:3: ", "'6' is no line"});
  expect_fault("ct.csv", ",data\nx,18.0\n", {"ct.csv:2: ", "'x,18.0' is no line"});
  expect_fault("ct.csv", ",data\n5.0,18.0\n", {"ct.csv:2: ", "'5.0,18.0' is no line"});
  expect_fault("ct.csv", ",data\n5,18.0,7\n", {"ct.csv:2: ", "'18.0,7' is no finite number"});
  expect_fault("ct.csv", ",data\n5,eighteen\n", {"ct.csv:2: ", "'eighteen' is no finite number"});
  expect_fault("ct.csv", ",data\n5,\n", {"ct.csv:2: ", "'' is no finite number"});
  for (const char* value : {"nan", "NaN", "inf", "-inf", "1e999"})
    expect_fault("ct.csv", fmt::format(",data\n5,1\n6,{}\n", value),
                 {"ct.csv:3: ", "no finite number"});
  expect_fault("ct.csv", ",data\n5,18.0\n7,1.0\n5,18.0\n", {"ct.csv:4: ", "index 5", "twice"});
  expect_fault("ct.csv", ",data\n2097151,1.0\n2097152,1.0\n",
               {"ct.csv:3: ", "index 2097152", "0..2097151"});
  expect_fault("ct.csv", ",data\n-1,1.0\n", {"ct.csv:2: ", "index -1"});
  expect_fault("ct.csv", ",data\n99999999999999999999,1.0\n", {"ct.csv:2: ", "is no line"});
  expect_fault("ct.csv", std::string(",data\n5,1\0.0\n", 13), {"ct.csv:2: ", "\\x00"});
  expect_fault("ct.csv", ",data\n" + std::string(5000, '7') + ",1\n", {"ct.csv:2: ", "longer"});
  expect_fault("ct.csv", ",data\n" + std::string(5'000'000, '\0'), {"ct.csv:2: ", "longer"});
  expect_fault("Mandible.csv", ",data\n5,\n6,1.0\n", {"Mandible.csv:3: ", "'1.0'", "mask"});
  expect_fault("Mandible.csv", ",data\n5\n", {"Mandible.csv:2: ", "'5' is no line"});
}

TEST_F(OpenKbpFile, NeedsThreeVoxelSides) {
  put("ct.csv", ",data\n5,18.0\n");
  const auto expect_sides_fault = [&](const std::string& text,
                                      const std::vector<std::string>& parts) {
    put("voxel_dimensions.csv", text);
    expect_error<DataError>([&] { read_geometry(folder_ / "ct.csv"); }, parts);
    expect_error<DataError>([&] { read_image(folder_ / "ct.csv"); }, parts);
  };
  expect_sides_fault("", {"voxel_dimensions.csv", "0 lines"});
  expect_sides_fault("3\n3\n", {"voxel_dimensions.csv", "2 lines"});
  expect_sides_fault("3\n3\n2", {"voxel_dimensions.csv:3: ", "no end"});
  expect_sides_fault("3\n3\n2\n1\n", {"voxel_dimensions.csv:4: "});
  expect_sides_fault("3,3,2\n", {"voxel_dimensions.csv:1: ", "three voxel sides"});
  for (const char* side : {"0", "-2", "nan", "inf", "x", ""})
    expect_sides_fault(fmt::format("3\n{}\n2\n", side), {"voxel_dimensions.csv:2: "});
  expect_sides_fault("3\n3\n1e9\n", {"voxel_dimensions.csv"});
  std::filesystem::remove(folder_ / "voxel_dimensions.csv");
  expect_error<DataError>([&] { read_image(folder_ / "ct.csv"); },
                          {"voxel_dimensions.csv", "no such file"});
}

TEST_F(OpenKbpFile, TheVoxelSidesBelongToTheImage) {
  put("ct.csv", ",data\n5,18.0\n");
  EXPECT_EQ(detached_data(folder_ / "ct.csv"),
            std::vector<std::filesystem::path>{folder_ / "voxel_dimensions.csv"});
  // Of an image's grid, nothing but the sides is read.
  put("ct.csv", "no image");
  EXPECT_EQ(read_geometry(folder_ / "ct.csv").spacing_xyz_mm, (Real3{3.906, 3.906, 2.5}));
}

}  // namespace
}  // namespace nmsw::datasets
