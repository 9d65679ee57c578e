#include "datasets/formats/nifti_file.h"

#include <cmath>
#include <cstddef>
#include <cstring>
#include <limits>

#include <gtest/gtest.h>
#include <itkNiftiImageIO.h>

#include "datasets/formats/gzip.h"
#include "datasets/image_io.h"
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

constexpr Int3 kHeaderExtent{4, 3, 2};

/// A sound uint8 file, its header changed by `spoil`.
std::string spoiled(const std::function<void(NiftiHeader&)>& spoil) {
  NiftiHeader header =
      make_nifti_header(testing::oblique_geometry(kHeaderExtent), NiftiType::uint8);
  spoil(header);
  return nifti_bytes(header, std::string(24, '\7'));
}

struct BadHeader {
  const char* expected;
  std::function<void(NiftiHeader&)> spoil;
};

TEST(NiftiIo, EveryImpossibleHeaderIsRefusedWithItsReason) {
  const float nan = std::numeric_limits<float>::quiet_NaN();
  const std::vector<BadHeader> cases{
      {"magic", [](NiftiHeader& h) { h.magic[0] = 'x'; }},
      {"0 dimensions", [](NiftiHeader& h) { h.dim[0] = 0; }},
      {"8 dimensions", [](NiftiHeader& h) { h.dim[0] = 8; }},
      {"-3 dimensions", [](NiftiHeader& h) { h.dim[0] = -3; }},
      {"extent -4", [](NiftiHeader& h) { h.dim[1] = -4; }},
      {"5 volumes", [](NiftiHeader& h) { h.dim[0] = 4, h.dim[4] = 5; }},
      {"3 volumes", [](NiftiHeader& h) { h.dim[0] = 5, h.dim[5] = 3; }},
      {"truncated", [](NiftiHeader& h) { h.dim[1] = h.dim[2] = h.dim[3] = 4000; }},
      {"impossible", [](NiftiHeader& h) { h.dim[1] = h.dim[2] = h.dim[3] = 32767; }},
      {"unknown type", [](NiftiHeader& h) { h.datatype = 77; }},
      {"RGB", [](NiftiHeader& h) { h.datatype = 128, h.bitpix = 24; }},
      {"complex", [](NiftiHeader& h) { h.datatype = 32, h.bitpix = 64; }},
      {"bitpix 16", [](NiftiHeader& h) { h.bitpix = 16; }},
      {"offset 348", [](NiftiHeader& h) { h.vox_offset = 348; }},
      {"offset nan", [nan](NiftiHeader& h) { h.vox_offset = nan; }},
      {"truncated", [](NiftiHeader& h) { h.vox_offset = 100000; }},
      {"spacing 0", [](NiftiHeader& h) { h.sform_code = 0, h.pixdim[2] = 0; }},
      {"spacing nan", [nan](NiftiHeader& h) { h.sform_code = 0, h.pixdim[3] = nan; }},
      {"spacing 0",
       [](NiftiHeader& h) {
         std::memset(h.srow_x, 0, 48);
         h.pixdim[1] = 0;
       }},
      {"singular",
       [](NiftiHeader& h) {
         std::memset(h.srow_x, 0, 48);
         h.qform_code = 0;
       }},
      {"mm is impossible", [](NiftiHeader& h) { h.srow_x[0] = 1e38F; }},
      {"origin", [](NiftiHeader& h) { h.srow_y[3] = -1e38F; }},
      {"not finite", [nan](NiftiHeader& h) { h.srow_y[1] = nan; }},
      {"not finite", [nan](NiftiHeader& h) { h.srow_z[3] = nan; }},
      {"singular", [](NiftiHeader& h) { h.srow_x[0] = h.srow_y[0] = h.srow_z[0] = 0; }},
      {"singular",
       [](NiftiHeader& h) {
         h.srow_x[1] = h.srow_x[0], h.srow_y[1] = h.srow_y[0], h.srow_z[1] = h.srow_z[0];
       }},
      {"quaternion", [](NiftiHeader& h) { h.sform_code = 0, h.quatern_b = 2; }},
      {"348", [](NiftiHeader& h) { h.sizeof_hdr = 1000; }},
      {"NIfTI-2", [](NiftiHeader& h) { h.sizeof_hdr = 540; }}};
  const TemporaryFolder folder;
  for (const BadHeader& bad : cases) {
    SCOPED_TRACE(bad.expected);
    write_text_atomically(folder / "bad.nii", spoiled(bad.spoil));
    expect_error<DataError>([&] { read_image(folder / "bad.nii"); }, {"bad.nii", bad.expected});
  }
}

TEST(NiftiIo, ASlopeThatIsZeroOrNotFiniteMeansNoScaling) {
  const TemporaryFolder folder;
  const float infinity = std::numeric_limits<float>::infinity();
  for (const float slope : {0.0F, infinity, std::numeric_limits<float>::quiet_NaN()}) {
    write_text_atomically(folder / "a.nii",
                          spoiled([&](NiftiHeader& h) { h.scl_slope = slope, h.scl_inter = 5; }));
    EXPECT_EQ(read_image(folder / "a.nii").voxels, std::vector<float>(24, 7));
  }
  write_text_atomically(folder / "a.nii",
                        spoiled([](NiftiHeader& h) { h.scl_slope = 2, h.scl_inter = -5; }));
  EXPECT_EQ(read_image(folder / "a.nii").voxels, std::vector<float>(24, 9));
}

TEST(NiftiIo, ContentDecidesWhetherAFileIsGzip) {
  const TemporaryFolder folder;
  const std::string bytes = spoiled([](NiftiHeader&) {});
  write_text_atomically(folder / "packed.nii", gzip(bytes));
  write_text_atomically(folder / "plain.nii.gz", bytes);
  EXPECT_EQ(read_image(folder / "packed.nii").voxels, std::vector<float>(24, 7));
  EXPECT_EQ(read_image(folder / "plain.nii.gz").voxels, std::vector<float>(24, 7));
}

TEST(NiftiIo, TruncatedOrDamagedFilesAreRefusedAtEveryLength) {
  const TemporaryFolder folder;
  const std::string packed = gzip(spoiled([](NiftiHeader&) {}));
  for (size_t size = 0; size < packed.size(); size += 3) {
    write_text_atomically(folder / "cut.nii.gz", packed.substr(0, size));
    expect_error<DataError>([&] { read_image(folder / "cut.nii.gz"); }, {"cut.nii.gz"});
  }
  std::string bad_checksum = packed;
  bad_checksum[packed.size() - 6] = static_cast<char>(~bad_checksum[packed.size() - 6]);
  write_text_atomically(folder / "crc.nii.gz", bad_checksum);
  expect_error<DataError>([&] { read_image(folder / "crc.nii.gz"); }, {"crc.nii.gz", "damaged"});
  write_text_atomically(folder / "tail.nii.gz", packed + "rubbish");
  expect_error<DataError>([&] { read_image(folder / "tail.nii.gz"); }, {"tail.nii.gz", "damaged"});
  const std::string plain = spoiled([](NiftiHeader&) {});
  write_text_atomically(folder / "cut.nii", plain.substr(0, plain.size() - 1));
  expect_error<DataError>([&] { read_image(folder / "cut.nii"); }, {"cut.nii", "truncated"});
}

TEST(NiftiIo, SeveralGzipMembersAreOneStream) {
  const std::string bytes(1000, 'a');
  EXPECT_EQ(gunzip(gzip(bytes) + gzip("b") + std::string(5, '\0'), kAnyLength, "file"),
            bytes + "b");
  EXPECT_EQ(gunzip(gzip(""), kAnyLength, "file"), "");
}

TEST(NiftiIo, BigEndianFilesAreTurned) {
  const TemporaryFolder folder;
  ImageVolume image;
  image.geometry.extent_xyz = {2, 1, 1};
  image.voxels = {258, -3};
  write_image(folder / "a.nii", image, ImageStorage::int16);
  std::string bytes = read_file(folder / "a.nii");
  const auto turn = [&](size_t offset, size_t size) {
    std::reverse(bytes.begin() + offset, bytes.begin() + offset + size);
  };
  turn(0, 4);
  for (size_t at = 40; at < 56; at += 2) turn(at, 2);
  for (const size_t at : {68, 70, 72, 74, 252, 254, 352, 354}) turn(at, 2);
  for (size_t at = 76; at < 120; at += 4) turn(at, 4);
  for (size_t at = 256; at < 328; at += 4) turn(at, 4);
  write_text_atomically(folder / "big.nii", bytes);
  const ImageVolume back = read_image(folder / "big.nii");
  EXPECT_EQ(back.voxels, image.voxels);
  EXPECT_EQ(back.geometry.direction_lps, image.geometry.direction_lps);
}

TEST(NiftiIo, AFileWithoutOrientationIsAcceptedWithANote) {
  const TemporaryFolder folder;
  write_text_atomically(folder / "a.nii",
                        spoiled([](NiftiHeader& h) { h.qform_code = h.sform_code = 0; }));
  ReadNotes notes;
  const Geometry geometry = read_image(folder / "a.nii", &notes).geometry;
  ASSERT_EQ(notes.lines.size(), 1U);
  EXPECT_NE(notes.lines[0].find("neither qform nor sform"), std::string::npos);
  EXPECT_EQ(geometry.direction_lps, (Matrix3{-1, 0, 0, 0, -1, 0, 0, 0, 1}));
  EXPECT_EQ(geometry.spacing_xyz_mm, (Real3{0.75, 1.25, 2.5}));
}

TEST(NiftiIo, QformAndSformOfOurHeadersAgree) {
  const TemporaryFolder folder;
  write_text_atomically(folder / "s.nii", spoiled([](NiftiHeader&) {}));
  write_text_atomically(folder / "q.nii", spoiled([](NiftiHeader& h) { h.sform_code = 0; }));
  const Geometry s = read_geometry(folder / "s.nii"), q = read_geometry(folder / "q.nii");
  for (size_t i = 0; i < 9; ++i) EXPECT_NEAR(s.direction_lps[i], q.direction_lps[i], 1e-6);
  EXPECT_EQ(s.origin_lps_mm, q.origin_lps_mm);
  EXPECT_EQ(s.spacing_xyz_mm, q.spacing_xyz_mm);
}

TEST(NiftiIo, ALabelLikeAnotherKeepsItsHeaderBytes) {
  const TemporaryFolder folder;
  write_text_atomically(folder / "like.nii", spoiled([](NiftiHeader& h) {
                          h.qform_code = 2, h.sform_code = 4, h.srow_x[3] += 0.125F,
                          h.scl_slope = 3;
                          std::strcpy(h.descrip, "scanner seven");
                        }));
  LabelVolume label = testing::random_label(read_geometry(folder / "like.nii"), 9, 3);
  write_label(folder / "out.nii.gz", label, folder / "like.nii");
  const NiftiHeader in = read_nifti_header(folder / "like.nii").header,
                    out = read_nifti_header(folder / "out.nii.gz").header;
  // From qform_code to the end of the sform.
  constexpr size_t kFrom = offsetof(NiftiHeader, qform_code),
                   kTo = offsetof(NiftiHeader, intent_name);
  EXPECT_EQ(std::memcmp(reinterpret_cast<const char*>(&in) + kFrom,
                        reinterpret_cast<const char*>(&out) + kFrom, kTo - kFrom),
            0);
  EXPECT_EQ(std::memcmp(in.pixdim, out.pixdim, sizeof(in.pixdim)), 0);
  EXPECT_STREQ(out.descrip, "scanner seven");
  EXPECT_EQ(out.scl_slope, 1);
  EXPECT_EQ(read_label(folder / "out.nii.gz").voxels, label.voxels);
  label.geometry.extent_xyz = {3, 4, 2};
  expect_error<DataError>([&] { write_label(folder / "out.nii", label, folder / "like.nii"); },
                          {"out.nii", "like.nii"});
}

TEST(NiftiIo, ItkReadsTheSameVoxelsAndGrid) {
  NMSW_SHARED_OR_SKIP(data, "data");
  for (const char* name : {"ct_a/ct.nii.gz", "ct_b/seg31.nii.gz", "orientation/PIR.nii.gz",
                           "orientation/RSA.nii.gz"}) {
    SCOPED_TRACE(name);
    const ImageVolume ours = read_image(data / name);
    const auto io = itk::NiftiImageIO::New();
    io->SetFileName((data / name).string());
    io->ReadImageInformation();
    for (unsigned axis = 0; axis < 3; ++axis) {
      ASSERT_EQ(static_cast<int64_t>(io->GetDimensions(axis)), ours.geometry.extent_xyz[axis]);
      EXPECT_NEAR(io->GetSpacing(axis), ours.geometry.spacing_xyz_mm[axis], 1e-5);
      EXPECT_NEAR(io->GetOrigin(axis), ours.geometry.origin_lps_mm[axis], 1e-4);
      for (unsigned row = 0; row < 3; ++row) {
        EXPECT_NEAR(io->GetDirection(axis)[row], ours.geometry.direction_lps[row * 3 + axis], 1e-5);
      }
    }
    std::vector<char> raw(static_cast<size_t>(io->GetImageSizeInBytes()));
    itk::ImageIORegion region(3);
    for (unsigned axis = 0; axis < 3; ++axis) region.SetSize(axis, io->GetDimensions(axis));
    io->SetIORegion(region);
    io->Read(raw.data());
    const auto value = [&](size_t i) -> double {
      switch (io->GetComponentType()) {
        case itk::IOComponentEnum::UCHAR:
          return reinterpret_cast<const uint8_t*>(raw.data())[i];
        case itk::IOComponentEnum::INT:
          return reinterpret_cast<const int32_t*>(raw.data())[i];
        case itk::IOComponentEnum::FLOAT:
          return reinterpret_cast<const float*>(raw.data())[i];
        default:
          return std::nan("");
      }
    };
    size_t different = 0;
    for (size_t i = 0; i < ours.voxels.size(); ++i)
      different += std::abs(value(i) - ours.voxels[i]) > 1e-4 ? 1 : 0;
    EXPECT_EQ(different, 0U);
  }
}

TEST(NiftiIo, TheOddFilesOfTheSharedDataAreReadOrRefused) {
  NMSW_SHARED_OR_SKIP(edge, "data/edge");
  expect_error<DataError>([&] { read_image(edge / "complex.nii.gz"); },
                          {"complex.nii.gz", "complex"});
  expect_error<DataError>([&] { read_image(edge / "pcasl.nii.gz"); },
                          {"pcasl.nii.gz", "10 volumes"});
  ReadNotes notes;
  EXPECT_EQ(read_image(edge / "minimal.nii.gz", &notes).geometry.extent_xyz, (Int3{64, 64, 10}));
  EXPECT_EQ(notes.lines.size(), 1U);
  const ImageVolume from_header = read_image(edge / "ras.hdr"),
                    from_voxels = read_image(edge / "ras.img");
  EXPECT_EQ(from_header.geometry.extent_xyz, (Int3{62, 41, 34}));
  EXPECT_EQ(from_header.voxels, from_voxels.voxels);
  const TemporaryFolder folder;
  fs::copy_file(edge / "ras.hdr", folder / "alone.hdr");
  expect_error<DataError>([&] { read_image(folder / "alone.hdr"); },
                          {"alone.hdr", ".img", "absent"});
}

TEST(NiftiIo, AShearedHeaderIsRepairedAndKeptForTheOutput) {
  NMSW_SHARED_OR_SKIP(edge, "data/edge");
  ReadNotes notes;
  const ImageVolume image = read_image(edge / "shear.nii.gz", &notes);
  ASSERT_EQ(notes.lines.size(), 1U);
  EXPECT_NE(notes.lines[0].find("sheared"), std::string::npos);
  EXPECT_LT(non_orthogonality(image.geometry.direction_lps), 1e-12);
  // The sheared pair of unit vectors opens by s = sin(shear); each turns by half of it towards the
  // right angle.
  const double half = 0.5 * std::asin(0.15307474 / std::hypot(0.45749205, 0.15307474));
  EXPECT_NEAR(image.geometry.direction_lps[5], std::sin(half), 1e-6);
  EXPECT_NEAR(image.geometry.direction_lps[8], std::cos(half), 1e-6);
  const TemporaryFolder folder;
  const LabelVolume label = testing::random_label(image.geometry, 5, 1);
  write_label(folder / "label.nii.gz", label, edge / "shear.nii.gz");
  const NiftiHeader in = read_nifti_header(edge / "shear.nii.gz").header,
                    out = read_nifti_header(folder / "label.nii.gz").header;
  EXPECT_EQ(std::memcmp(in.srow_x, out.srow_x, 48), 0);
  EXPECT_EQ(read_label(folder / "label.nii.gz").geometry.direction_lps,
            image.geometry.direction_lps);
}

}  // namespace
}  // namespace nmsw::datasets
