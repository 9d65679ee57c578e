#include "datasets/image_io.h"

#include <fstream>

#include <gtest/gtest.h>

#include "nmsw/base/atomic_file.h"
#include "tests/support/expect_error.h"
#include "tests/support/make_volume.h"
#include "tests/support/shared_data.h"
#include "tests/support/temporary_folder.h"

namespace nmsw::datasets {
namespace {

namespace fs = std::filesystem;
using testing::expect_error;
using testing::TemporaryFolder;

constexpr std::array<const char*, 4> kFormats{".nii", ".nii.gz", ".nrrd", ".mha"};

void expect_near_geometry(const Geometry& got, const Geometry& want, double tolerance) {
  EXPECT_EQ(got.extent_xyz, want.extent_xyz);
  for (size_t i = 0; i < 3; ++i) {
    EXPECT_NEAR(got.spacing_xyz_mm[i], want.spacing_xyz_mm[i], tolerance);
    EXPECT_NEAR(got.origin_lps_mm[i], want.origin_lps_mm[i], tolerance);
  }
  for (size_t i = 0; i < 9; ++i)
    EXPECT_NEAR(got.direction_lps[i], want.direction_lps[i], tolerance);
}

TEST(ImageIo, ALabelMapComesBackFromEveryFormat) {
  const TemporaryFolder folder;
  const LabelVolume label = testing::random_label(testing::oblique_geometry({7, 5, 4}), 256, 1);
  for (const char* ending : kFormats) {
    SCOPED_TRACE(ending);
    const fs::path file = folder / (std::string("label") + ending);
    write_label(file, label);
    const LabelVolume back = read_label(file);
    EXPECT_EQ(back.voxels, label.voxels);
    expect_near_geometry(back.geometry, label.geometry, 1e-5);
  }
}

TEST(ImageIo, AnImageComesBackFromEveryFormatAndStorage) {
  const TemporaryFolder folder;
  const ImageVolume image = testing::random_image(testing::oblique_geometry({6, 3, 9}), 2);
  for (const char* ending : kFormats) {
    for (const ImageStorage storage : {ImageStorage::float32, ImageStorage::int16}) {
      SCOPED_TRACE(ending);
      const fs::path file = folder / (std::string("image") + ending);
      write_image(file, image, storage);
      const ImageVolume back = read_image(file);
      EXPECT_EQ(back.voxels, image.voxels);
      expect_near_geometry(back.geometry, image.geometry, 1e-5);
    }
  }
}

TEST(ImageIo, Int16StorageRoundsAndLimits) {
  const TemporaryFolder folder;
  ImageVolume image;
  image.geometry.extent_xyz = {4, 1, 1};
  image.voxels = {1e6F, -1e6F, 2.6F, -2.4F};
  write_image(folder / "image.nii", image, ImageStorage::int16);
  EXPECT_EQ(read_image(folder / "image.nii").voxels, (std::vector<float>{32767, -32768, 3, -2}));
}

TEST(ImageIo, AMirroredGridSurvivesNifti) {
  const TemporaryFolder folder;
  Geometry geometry = testing::oblique_geometry({3, 4, 5});
  for (size_t row = 0; row < 3; ++row) geometry.direction_lps[row * 3] *= -1;
  write_label(folder / "label.nii", testing::random_label(geometry, 3, 5));
  expect_near_geometry(read_label(folder / "label.nii").geometry, geometry, 1e-5);
}

TEST(ImageIo, AnUnknownEndingIsAConfigErrorThatListsTheKnownOnes) {
  const TemporaryFolder folder;
  const LabelVolume label = testing::random_label(testing::oblique_geometry({2, 2, 2}), 2, 1);
  expect_error<ConfigError>([&] { write_label(folder / "label.png", label); },
                            {"label.png", ".nii.gz", ".nrrd", ".mha"});
}

TEST(ImageIo, AFailedWriteLeavesTheOldFileAndNoRemains) {
  const TemporaryFolder folder;
  write_text_atomically(folder / "plain", "a file, not a folder");
  const LabelVolume label = testing::random_label(testing::oblique_geometry({2, 2, 2}), 2, 1);
  expect_error<DataError>([&] { write_label(folder / "plain/label.nii", label); }, {"label.nii"});
  EXPECT_EQ(read_file(folder / "plain"), "a file, not a folder");
  EXPECT_EQ(std::distance(fs::directory_iterator(folder.path()), {}), 1);
}

TEST(ImageIo, MissingFilesFoldersAndUnknownKindsAreNamed) {
  const TemporaryFolder folder;
  expect_error<DataError>([&] { read_image(folder / "none.nii.gz"); }, {"none.nii.gz", "absent"});
  fs::create_directory(folder / "folder.nii");
  expect_error<DataError>([&] { read_image(folder / "folder.nii"); },
                          {"folder.nii", "holds no DICOM image"});
  write_text_atomically(folder / "image.jpg", "x");
  expect_error<DataError>([&] { read_image(folder / "image.jpg"); }, {"image.jpg", ".nrrd"});
}

TEST(ImageIo, DamagedNrrdAndMetaImagesAreDataErrors) {
  const TemporaryFolder folder;
  const ImageVolume image = testing::random_image(testing::oblique_geometry({20, 20, 20}), 3);
  for (const char* ending : {".nrrd", ".mha"}) {
    SCOPED_TRACE(ending);
    const fs::path file = folder / (std::string("image") + ending);
    write_image(file, image);
    const std::string bytes = read_file(file);
    write_text_atomically(file, bytes.substr(0, bytes.size() / 2));
    expect_error<DataError>([&] { read_image(file); }, {file.string()});
    std::string flipped = bytes;
    for (size_t i = flipped.size() - 2000; i < flipped.size() - 1900; ++i)
      flipped[i] = static_cast<char>(~flipped[i]);
    write_text_atomically(file, flipped);
    expect_error<DataError>([&] { read_image(file); }, {file.string()});
    for (const char* text : {"", "rubbish\n", "NRRD0004\n", "ObjectType = Image\nNDims = 3\n"}) {
      write_text_atomically(file, text);
      expect_error<DataError>([&] { read_image(file); }, {file.string()});
    }
  }
}

std::string meta_header(const std::string& sizes, const std::string& type,
                        const std::string& more = "") {
  const auto dimensions = std::count(sizes.begin(), sizes.end(), ' ') + 1;
  return "ObjectType = Image\nNDims = " + std::to_string(dimensions) + "\n" + more +
         "DimSize = " + sizes + "\nElementType = " + type + "\nElementDataFile = LOCAL\n";
}

TEST(ImageIo, MetaImagesWithSeveralVolumesChannelsOrMissingVoxelsAreRefused) {
  const TemporaryFolder folder;
  const fs::path file = folder / "image.mha";
  write_text_atomically(file, meta_header("2 2 2 3", "MET_UCHAR") + std::string(24, 'a'));
  expect_error<DataError>([&] { read_image(file); }, {file.string(), "3 volumes"});
  write_text_atomically(file, meta_header("2 2 2", "MET_UCHAR", "ElementNumberOfChannels = 3\n") +
                                  std::string(24, 'a'));
  expect_error<DataError>([&] { read_image(file); }, {file.string(), "3 numbers"});
  write_text_atomically(file, meta_header("2 2 2", "MET_SHORT") + std::string(10, 'a'));
  expect_error<DataError>([&] { read_image(file); }, {file.string(), "truncated"});
  write_text_atomically(
      file, meta_header("2 2 2", "MET_UCHAR", "ElementSpacing = 1 0 1\n") + std::string(8, 'a'));
  expect_error<DataError>([&] { read_image(file); }, {file.string()});
  write_text_atomically(file,
                        meta_header("2000000 2000000 2000000", "MET_UCHAR") + std::string(8, 'a'));
  expect_error<DataError>([&] { read_image(file); }, {file.string(), "impossible"});
}

TEST(ImageIo, AMetaHeaderFindsItsVoxelFile) {
  const TemporaryFolder folder;
  std::string text = meta_header("2 2 2", "MET_UCHAR");
  text.replace(text.find("LOCAL"), 5, "voxels.raw");
  write_text_atomically(folder / "image.mhd", text);
  expect_error<DataError>([&] { read_image(folder / "image.mhd"); },
                          {"image.mhd", "voxels.raw", "absent"});
  write_text_atomically(folder / "voxels.raw", std::string(8, '\5'));
  EXPECT_EQ(read_image(folder / "image.mhd").voxels, std::vector<float>(8, 5));
  write_text_atomically(folder / "voxels.raw", std::string(7, '\5'));
  expect_error<DataError>([&] { read_image(folder / "image.mhd"); }, {"voxels.raw", "truncated"});
}

TEST(ImageIo, NrrdsWithSeveralVolumesColoursOrMissingVoxelsAreRefused) {
  const TemporaryFolder folder;
  const fs::path file = folder / "image.nrrd";
  const auto write = [&](const std::string& fields, size_t bytes) {
    write_text_atomically(file, "NRRD0004\ntype: uint8\nencoding: raw\n" + fields + "\n\n" +
                                    std::string(bytes, '\5'));
  };
  write("dimension: 3\nsizes: 2 2 2\nspacings: 1 1 1", 8);
  EXPECT_EQ(read_image(file).voxels, std::vector<float>(8, 5));
  write("dimension: 3\nsizes: 2 2 2\nspacings: 1 1 1", 7);
  expect_error<DataError>([&] { read_image(file); }, {file.string()});
  write("dimension: 4\nsizes: 2 2 2 3\nspacings: 1 1 1 1", 24);
  expect_error<DataError>([&] { read_image(file); }, {file.string(), "3 volumes"});
  write("dimension: 4\nsizes: 3 2 2 2\nkinds: RGB-color domain domain domain", 24);
  expect_error<DataError>([&] { read_image(file); }, {file.string(), "3 numbers"});
  write(
      "dimension: 3\nsizes: 2 2 2\nspace: left-posterior-superior\n"
      "space directions: (1,0,0) (1,0,0) (0,0,1)\nspace origin: (0,0,0)",
      8);
  expect_error<DataError>([&] { read_image(file); }, {file.string(), "singular"});
}

TEST(ImageIo, NotFiniteVoxelsAreCounted) {
  const TemporaryFolder folder;
  ImageVolume image = testing::random_image(testing::oblique_geometry({3, 3, 3}), 4);
  image.voxels[5] = std::numeric_limits<float>::quiet_NaN();
  image.voxels[7] = std::numeric_limits<float>::infinity();
  for (const char* ending : kFormats) {
    const fs::path file = folder / (std::string("image") + ending);
    write_image(file, image);
    expect_error<DataError>([&] { read_image(file); },
                            {file.string(), "2 of 27 voxels are not finite"});
  }
}

TEST(ImageIo, LabelsMustBeWholeNumbersUpTo255) {
  const TemporaryFolder folder;
  ImageVolume image;
  image.geometry.extent_xyz = {2, 2, 1};
  for (const auto& [value, shown] :
       std::vector<std::pair<float, std::string>>{{1.5F, "1.5"}, {-1, "-1"}, {256, "256"}}) {
    image.voxels = {0, 255, 3, value};
    write_image(folder / "label.nii", image);
    expect_error<DataError>([&] { read_label(folder / "label.nii"); },
                            {"label.nii", "voxel (1,1,0)", shown, "0..255"});
  }
  image.voxels = {0, 255, 3, 7};
  write_image(folder / "label.nii", image);
  EXPECT_EQ(read_label(folder / "label.nii").voxels, (std::vector<uint8_t>{0, 255, 3, 7}));
}

TEST(ImageIo, LabelsNearAWholeNumberAreRoundedWithANote) {
  const TemporaryFolder folder;
  ImageVolume image;
  image.geometry.extent_xyz = {6, 1, 1};
  image.voxels = {0, -1e-8F, 2.0000002F, 0.995F, 254.99F, 7.009F};
  write_image(folder / "label.nii", image);
  ReadNotes notes;
  EXPECT_EQ(read_label(folder / "label.nii", &notes).voxels,
            (std::vector<uint8_t>{0, 0, 2, 1, 255, 7}));
  ASSERT_EQ(notes.lines.size(), 1U);
  EXPECT_NE(
      notes.lines[0].find("label.nii: 5 of 6 label ids are no whole numbers, by 0.01 at most"),
      std::string::npos)
      << notes.lines[0];
  for (const float value : {2.02F, 2.5F, 2.8F, -0.02F, -1.0F, 255.5F}) {
    image.voxels[3] = value;
    write_image(folder / "label.nii", image);
    expect_error<DataError>([&] { read_label(folder / "label.nii"); }, {"label.nii", "(3,0,0)"});
  }
}

TEST(ImageIo, GridsAreComparedByExtentAndPlace) {
  const Geometry grid = testing::oblique_geometry({10, 10, 10});
  Geometry other = grid;
  other.origin_lps_mm[0] += 0.01;
  EXPECT_NO_THROW(require_same_grid(grid, "a", other, "b"));
  other.origin_lps_mm[0] += 1;
  expect_error<DataError>([&] { require_same_grid(grid, "a.nii", other, "b.nii"); },
                          {"a.nii", "b.nii", "1.01 mm"});
  other = grid;
  other.extent_xyz[2] = 11;
  expect_error<DataError>([&] { require_same_grid(grid, "a.nii", other, "b.nii"); },
                          {"10 x 10 x 11"});
}

}  // namespace
}  // namespace nmsw::datasets
