#include <cmath>
#include <cstring>

#include <gtest/gtest.h>
#include <itkNrrdImageIO.h>

#include "datasets/image_io.h"
#include "tests/support/make_volume.h"
#include "tests/support/temporary_folder.h"

namespace nmsw::datasets {
namespace {

namespace fs = std::filesystem;
using testing::TemporaryFolder;

/// The file as ITK reads it, which has no part in writing it.
struct ReadByItk {
  Geometry geometry;
  itk::IOComponentEnum component = itk::IOComponentEnum::UNKNOWNCOMPONENTTYPE;
  std::vector<char> bytes;
};

ReadByItk read_by_itk(const fs::path& file) {
  const auto io = itk::NrrdImageIO::New();
  io->SetFileName(file.string());
  io->ReadImageInformation();
  ReadByItk got;
  itk::ImageIORegion region(3);
  EXPECT_EQ(io->GetNumberOfDimensions(), 3u);
  for (unsigned axis = 0; axis < 3; ++axis) {
    got.geometry.extent_xyz[axis] = static_cast<int64_t>(io->GetDimensions(axis));
    got.geometry.spacing_xyz_mm[axis] = io->GetSpacing(axis);
    got.geometry.origin_lps_mm[axis] = io->GetOrigin(axis);
    for (size_t row = 0; row < 3; ++row)
      got.geometry.direction_lps[row * 3 + axis] = io->GetDirection(axis)[row];
    region.SetSize(axis, io->GetDimensions(axis));
  }
  io->SetIORegion(region);
  got.component = io->GetComponentType();
  got.bytes.resize(static_cast<size_t>(io->GetImageSizeInBytes()));
  io->Read(got.bytes.data());
  return got;
}

void expect_grid(const Geometry& got, const Geometry& expected) {
  EXPECT_EQ(got.extent_xyz, expected.extent_xyz);
  for (size_t i = 0; i < 3; ++i) {
    EXPECT_NEAR(got.spacing_xyz_mm[i], expected.spacing_xyz_mm[i], 1e-12);
    EXPECT_NEAR(got.origin_lps_mm[i], expected.origin_lps_mm[i], 1e-12);
  }
  for (size_t i = 0; i < 9; ++i)
    EXPECT_NEAR(got.direction_lps[i], expected.direction_lps[i], 1e-12);
}

TEST(NrrdWriting, ItkReadsTheSameLabelMap) {
  const TemporaryFolder folder;
  const LabelVolume label = testing::random_label(testing::oblique_geometry({7, 5, 4}), 256, 1);
  for (const char* name : {"label.nrrd", "label.seg.nrrd"}) {
    SCOPED_TRACE(name);
    write_label(folder / name, label, {}, {"word", {"liver", "a\\b", "c:=d"}});
    const ReadByItk got = read_by_itk(folder / name);
    expect_grid(got.geometry, label.geometry);
    EXPECT_EQ(got.component, itk::IOComponentEnum::UCHAR);
    ASSERT_EQ(got.bytes.size(), label.voxels.size());
    EXPECT_EQ(std::memcmp(got.bytes.data(), label.voxels.data(), got.bytes.size()), 0);
  }
}

TEST(NrrdWriting, ItkReadsTheSameImage) {
  const TemporaryFolder folder;
  const ImageVolume image = testing::random_image(testing::oblique_geometry({6, 3, 9}), 2);
  write_image(folder / "float.nrrd", image);
  const ReadByItk got = read_by_itk(folder / "float.nrrd");
  expect_grid(got.geometry, image.geometry);
  EXPECT_EQ(got.component, itk::IOComponentEnum::FLOAT);
  ASSERT_EQ(got.bytes.size(), image.voxels.size() * sizeof(float));
  EXPECT_EQ(std::memcmp(got.bytes.data(), image.voxels.data(), got.bytes.size()), 0);
  write_image(folder / "short.nrrd", image, ImageStorage::int16);
  const ReadByItk rounded = read_by_itk(folder / "short.nrrd");
  EXPECT_EQ(rounded.component, itk::IOComponentEnum::SHORT);
  ASSERT_EQ(rounded.bytes.size(), image.voxels.size() * sizeof(int16_t));
  for (size_t i = 0; i < image.voxels.size(); ++i) {
    int16_t value = 0;
    std::memcpy(&value, rounded.bytes.data() + i * sizeof(value), sizeof(value));
    EXPECT_EQ(value, std::lround(image.voxels[i]));
  }
}

}  // namespace
}  // namespace nmsw::datasets
