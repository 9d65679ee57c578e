#include "datasets/preparation/prepared_extent.h"

#include <gtest/gtest.h>

#include "datasets/formats/gzip.h"
#include "datasets/image_io.h"
#include "datasets/preparation/preprocess.h"
#include "nmsw/base/atomic_file.h"
#include "nmsw/base/error.h"
#include "tests/support/make_volume.h"
#include "tests/support/temporary_folder.h"

namespace nmsw::datasets {
namespace {

TEST(PreparedExtent, OfAHeaderIsThatOfThePreparedCase) {
  const testing::TemporaryFolder folder;
  const ImageVolume image = testing::random_image(testing::oblique_geometry({21, 34, 17}), 3);
  PreprocessConfig config;
  config.crop_foreground = false;
  FitConfig fit;
  for (const auto& spacing : {std::optional<Real3>{}, std::optional<Real3>{{1.1, 0.7, 2.3}},
                              std::optional<Real3>{{9, 9, 9}}}) {
    config.spacing_xyz_mm = spacing;
    for (const Int3 minimum : {Int3{1, 1, 1}, Int3{24, 24, 24}}) {
      fit.minimum_xyz = minimum;
      for (const char* name : {"a.nii", "a.nii.gz"}) {
        write_image(folder / name, image, ImageStorage::float32);
        const auto grid = grid_from_header(folder / name);
        ASSERT_TRUE(grid.has_value());
        EXPECT_EQ(prepared_extent(grid->extent_xyz, grid->spacing_xyz_mm, config, fit),
                  prepare_case("a", image, nullptr, config, fit).image.geometry.extent_xyz);
      }
    }
  }
}

TEST(PreparedExtent, OfWhatIsNoNiftiIsNotKnown) {
  const testing::TemporaryFolder folder;
  write_text_atomically(folder / "a.nii.gz", "x");
  EXPECT_FALSE(grid_from_header(folder / "a.nii.gz").has_value());
  EXPECT_FALSE(grid_from_header(folder / "absent.nii.gz").has_value());
}

/// The grid comes from the header: voxels that are missing or damaged behind it do not matter.
TEST(ReadGeometry, OpensTheHeaderAlone) {
  const testing::TemporaryFolder folder;
  const ImageVolume image = testing::random_image(testing::oblique_geometry({40, 41, 42}), 3);
  write_image(folder / "a.nii.gz", image, ImageStorage::float32);
  const std::string whole = read_file(folder / "a.nii.gz");
  write_text_atomically(folder / "cut.nii.gz", whole.substr(0, whole.size() / 3));
  EXPECT_EQ(read_geometry(folder / "cut.nii.gz").extent_xyz, image.geometry.extent_xyz);
  EXPECT_THROW(read_image(folder / "cut.nii.gz"), DataError);
}

TEST(GunzipBeginning, GivesTheFirstBytesAndNoMoreThanThereAre) {
  const std::string text = "the beginning of something longer";
  const std::string packed = gzip(text);
  EXPECT_EQ(gunzip_beginning(packed, 13, "f"), text.substr(0, 13));
  EXPECT_EQ(gunzip_beginning(packed, 1000, "f"), text);
  EXPECT_EQ(gunzip_beginning(packed.substr(0, packed.size() - 4), 5, "f"), text.substr(0, 5));
  std::string damaged = packed;
  damaged[12] = '\x7f';
  damaged[11] = '\x7f';
  EXPECT_THROW(gunzip_beginning(damaged, 30, "f"), DataError);
}

}  // namespace
}  // namespace nmsw::datasets
