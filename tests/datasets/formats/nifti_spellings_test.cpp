#include <gtest/gtest.h>

#include "datasets/formats/gzip.h"
#include "datasets/formats/nifti_file.h"
#include "datasets/image_io.h"
#include "tests/datasets/formats/truth_volume.h"
#include "tests/support/expect_error.h"
#include "tests/support/put_file.h"
#include "tests/support/temporary_folder.h"

namespace nmsw::datasets {
namespace {

using testing::expect_error;
using testing::TemporaryFolder;

/// A NIfTI-1 file, its fields put byte by byte where the standard has them.
class NiftiBytes {
 public:
  explicit NiftiBytes(bool big_endian) : big_(big_endian), bytes_(352, '\0') {}

  template <class Field>
  NiftiBytes& put(size_t at, Field value) {
    std::array<char, sizeof(Field)> raw;
    std::memcpy(raw.data(), &value, sizeof(Field));
    if (big_) std::reverse(raw.begin(), raw.end());
    std::memcpy(bytes_.data() + at, raw.data(), raw.size());
    return *this;
  }
  std::string with(const std::string& voxels) const { return bytes_ + voxels; }

 private:
  bool big_;
  std::string bytes_;
};

constexpr size_t kDim = 40, kIntent = 68, kDatatype = 70, kBitpix = 72, kPixdim = 76, kOffset = 108,
                 kUnits = 123, kQformCode = 252, kSformCode = 254, kQuaternion = 256,
                 kQoffset = 268, kSrow = 280, kMagic = 344;

NiftiBytes header_of(const truth::Storage& storage, int16_t datatype, int16_t bits,
                     bool big = false) {
  NiftiBytes bytes(big);
  bytes.put(0, int32_t{348}).put(kDim, int16_t{3}).put(kDatatype, datatype).put(kBitpix, bits);
  for (size_t a = 0; a < 3; ++a) {
    bytes.put(kDim + 2 + 2 * a, static_cast<int16_t>(storage.extent()[a]));
    bytes.put(kPixdim + 4 + 4 * a, static_cast<float>(storage.spacing(a)));
  }
  bytes.put(kPixdim, 1.0F).put(kOffset, 352.0F).put(kMagic, 'n').put(kMagic + 1, '+');
  return bytes.put(kMagic + 2, '1');
}

NiftiBytes& put_sform(NiftiBytes& bytes, const truth::Storage& storage, double unit = 1) {
  for (size_t row = 0; row < 3; ++row) {
    for (size_t a = 0; a < 3; ++a) {
      bytes.put(kSrow + 16 * row + 4 * a,
                static_cast<float>(unit * storage.spacing(a) * storage.direction_ras(a)[row]));
    }
    bytes.put(kSrow + 16 * row + 12, static_cast<float>(unit * storage.origin_ras()[row]));
  }
  return bytes.put(kSformCode, int16_t{1});
}

/// The quaternion among those of right-angled turns that makes these axes; the third one is turned
/// back first where they are left-handed.
NiftiBytes& put_qform(NiftiBytes& bytes, const truth::Storage& storage) {
  std::array<Real3, 3> axes;
  for (size_t a = 0; a < 3; ++a) axes[a] = storage.direction_ras(a);
  const double handed = axes[0][0] * (axes[1][1] * axes[2][2] - axes[1][2] * axes[2][1]) -
                        axes[0][1] * (axes[1][0] * axes[2][2] - axes[1][2] * axes[2][0]) +
                        axes[0][2] * (axes[1][0] * axes[2][1] - axes[1][1] * axes[2][0]);
  bytes.put(kPixdim, handed < 0 ? -1.0F : 1.0F);
  for (double& part : axes[2]) part *= handed;
  const double r = std::sqrt(0.5);
  const std::array<double, 7> parts{0, 0.5, -0.5, r, -r, 1, -1};
  bool found = false;
  for (const double b : parts) {
    for (const double c : parts) {
      for (const double d : parts) {
        const double rest = 1 - b * b - c * c - d * d;
        if (rest < -1e-9 || found) continue;
        const double a = std::sqrt(std::max(0.0, rest));
        const std::array<Real3, 3> turned{
            {{a * a + b * b - c * c - d * d, 2 * b * c + 2 * a * d, 2 * b * d - 2 * a * c},
             {2 * b * c - 2 * a * d, a * a + c * c - b * b - d * d, 2 * c * d + 2 * a * b},
             {2 * b * d + 2 * a * c, 2 * c * d - 2 * a * b, a * a + d * d - b * b - c * c}}};
        double off = 0;
        for (size_t i = 0; i < 9; ++i) off += std::abs(turned[i / 3][i % 3] - axes[i / 3][i % 3]);
        if (off > 1e-6) continue;
        found = true;
        bytes.put(kQuaternion, static_cast<float>(b)).put(kQuaternion + 4, static_cast<float>(c));
        bytes.put(kQuaternion + 8, static_cast<float>(d));
      }
    }
  }
  EXPECT_TRUE(found);
  for (size_t row = 0; row < 3; ++row)
    bytes.put(kQoffset + 4 * row, static_cast<float>(storage.origin_ras()[row]));
  return bytes.put(kQformCode, int16_t{1});
}

constexpr int16_t kUint8Code = 2;

const std::string& byte_values() {
  static const std::string bytes = truth::bytes_as<uint8_t>(truth::values());
  return bytes;
}

ImageVolume read_nii(const std::string& bytes, ReadNotes* notes = nullptr) {
  const TemporaryFolder folder;
  testing::put_file(folder / "volume.nii", bytes);
  return read_image(folder / "volume.nii", notes);
}

TEST(NiftiSpellings, EveryOrientationByEitherFormIsTheSameVolume) {
  for (const truth::Storage& storage : truth::all_storages()) {
    const std::string voxels = truth::bytes_as<uint8_t>(storage.stored(truth::values()));
    NiftiBytes sform = header_of(storage, kUint8Code, 8);
    truth::expect_truth(read_nii(put_sform(sform, storage).with(voxels)));
    NiftiBytes qform = header_of(storage, kUint8Code, 8);
    truth::expect_truth(read_nii(put_qform(qform, storage).with(voxels)));
  }
}

template <class Stored>
void expect_type(int16_t code) {
  constexpr bool is_signed = std::is_signed_v<Stored>;
  const std::vector<int> values = truth::values(is_signed);
  for (const bool big : {false, true}) {
    NiftiBytes bytes = header_of({}, code, static_cast<int16_t>(8 * sizeof(Stored)), big);
    const std::string file = put_sform(bytes, {}).with(truth::bytes_as<Stored>(values, big));
    truth::expect_truth(read_nii(file), values);
    truth::expect_truth(read_nii(gzip(file)), values);
  }
}

TEST(NiftiSpellings, EveryTypeAndByteOrderIsTheSameVolume) {
  expect_type<uint8_t>(2);
  expect_type<int16_t>(4);
  expect_type<int32_t>(8);
  expect_type<float>(16);
  expect_type<double>(64);
  expect_type<int8_t>(256);
  expect_type<uint16_t>(512);
  expect_type<uint32_t>(768);
  expect_type<int64_t>(1024);
  expect_type<uint64_t>(1280);
}

/// Reads the truth and returns the only note that it leaves.
std::string only_note(const std::string& bytes) {
  ReadNotes notes;
  truth::expect_truth(read_nii(bytes, &notes));
  EXPECT_EQ(notes.lines.size(), 1U);
  return notes.lines.empty() ? "" : notes.lines[0];
}

TEST(NiftiSpellings, ASoundSformOutweighsADamagedSpacing) {
  const float nan = std::numeric_limits<float>::quiet_NaN();
  for (const float spacing : {0.0F, nan, std::numeric_limits<float>::infinity()}) {
    NiftiBytes bytes = header_of({}, kUint8Code, 8);
    put_sform(bytes, {}).put(kPixdim + 8, spacing);
    EXPECT_NE(only_note(bytes.with(byte_values())).find("spacing is taken from the sform"),
              std::string::npos);
    NiftiBytes qform = header_of({}, kUint8Code, 8);
    put_qform(qform, {}).put(kPixdim + 8, spacing);
    expect_error<DataError>([&] { read_nii(qform.with(byte_values())); }, {"spacing"});
  }
}

TEST(NiftiSpellings, ASoundQformOutweighsAZeroSform) {
  NiftiBytes bytes = header_of({}, kUint8Code, 8);
  put_qform(bytes, {}).put(kSformCode, int16_t{1});
  EXPECT_NE(only_note(bytes.with(byte_values())).find("sform is zero; the qform is taken"),
            std::string::npos);
  bytes.put(kQformCode, int16_t{0});
  expect_error<DataError>([&] { read_nii(bytes.with(byte_values())); }, {"sform", "singular"});
}

TEST(NiftiSpellings, LengthsOfTheSformOutweighThoseOfPixdim) {
  NiftiBytes bytes = header_of({}, kUint8Code, 8);
  put_sform(bytes, {}).put(kPixdim + 4, 1.0F).put(kPixdim + 8, 1.0F).put(kPixdim + 12, 1.0F);
  EXPECT_NE(only_note(bytes.with(byte_values())).find("the sform is taken"), std::string::npos);
  // What rounding of a header makes is no disagreement.
  NiftiBytes rounded = header_of({}, kUint8Code, 8);
  put_sform(rounded, {}).put(kPixdim + 4, 0.8001F);
  ReadNotes notes;
  read_nii(rounded.with(byte_values()), &notes);
  EXPECT_TRUE(notes.lines.empty());
}

TEST(NiftiSpellings, FurtherDimensionsOfOneLayerAndUnitsAreRead) {
  NiftiBytes bytes = header_of({}, kUint8Code, 8);
  put_sform(bytes, {}).put(kDim, int16_t{5}).put(kDim + 8, int16_t{1}).put(kDim + 10, int16_t{1});
  truth::expect_truth(read_nii(bytes.with(byte_values())));
  bytes.put(kDim + 8, int16_t{2});
  expect_error<DataError>([&] { read_nii(bytes.with(byte_values() + byte_values())); },
                          {"2 volumes"});
  NiftiBytes metres = header_of({}, kUint8Code, 8);
  put_sform(metres, {}, 1e-3).put(kUnits, char{1});
  for (size_t a = 0; a < 3; ++a)
    metres.put(kPixdim + 4 + 4 * a, static_cast<float>(truth::kSpacing[a] * 1e-3));
  truth::expect_truth(read_nii(metres.with(byte_values())));
}

TEST(NiftiSpellings, WhatFollowsTheVoxelsIsNotedAndNotDecompressed) {
  NiftiBytes bytes = header_of({}, kUint8Code, 8);
  put_sform(bytes, {});
  const std::string tail = byte_values() + std::string(1000, 'x');
  EXPECT_NE(only_note(bytes.with(tail)).find("1000 bytes after"), std::string::npos);
  EXPECT_NE(only_note(gzip(bytes.with(tail))).find("1000 bytes after"), std::string::npos);
  const std::string bomb = bytes.with(byte_values() + std::string(size_t{64} << 20, '\0'));
  expect_error<DataError>([&] { read_nii(gzip(bomb)); }, {"volume.nii", "goes on after"});
  bytes.put(kDim + 2, int16_t{2000}).put(kDim + 4, int16_t{2000}).put(kDim + 6, int16_t{2000});
  expect_error<DataError>([&] { read_nii(gzip(bytes.with(byte_values()))); },
                          {"truncated", "at most"});
}

TEST(NiftiSpellings, AHeaderSpreadOverGzipMembersIsRead) {
  NiftiBytes bytes = header_of({}, kUint8Code, 8);
  const std::string file = put_sform(bytes, {}).with(byte_values());
  truth::expect_truth(read_nii(gzip(file.substr(0, 100)) + gzip(file.substr(100))));
}

TEST(NiftiSpellings, ALabelMapSaysSoAndKeepsNoOtherIntent) {
  const TemporaryFolder folder;
  NiftiBytes bytes = header_of({}, kUint8Code, 8);
  put_sform(bytes, {}).put(kIntent, int16_t{1007}).put(56, 3.0F).put(60, 4.0F).put(64, 5.0F);
  for (size_t i = 0; i < 5; ++i) bytes.put(328 + i, "flow"[i]);
  testing::put_file(folder / "image.nii", bytes.with(byte_values()));
  LabelVolume label;
  label.geometry = read_geometry(folder / "image.nii");
  label.voxels.assign(24, 1);
  write_label(folder / "like.nii", label, folder / "image.nii");
  write_label(folder / "own.nii.gz", label);
  for (const char* name : {"like.nii", "own.nii.gz"}) {
    const NiftiHeader h = read_nifti_header(folder / name).header;
    EXPECT_EQ(h.intent_code, 1002);
    EXPECT_EQ(h.intent_p1, 0);
    EXPECT_EQ(h.intent_p2, 0);
    EXPECT_EQ(h.intent_p3, 0);
    EXPECT_STREQ(h.intent_name, "");
  }
  write_image(folder / "copy.nii", read_image(folder / "image.nii"));
  EXPECT_EQ(read_nifti_header(folder / "copy.nii").header.intent_code, 0);
}

TEST(NiftiSpellings, ALabelLikeADamagedHeaderHasASoundOne) {
  const TemporaryFolder folder;
  NiftiBytes bytes = header_of({}, kUint8Code, 8);
  put_qform(bytes, {}).put(kSformCode, int16_t{1});
  testing::put_file(folder / "image.nii", bytes.with(byte_values()));
  LabelVolume label;
  label.geometry = read_geometry(folder / "image.nii");
  for (const int value : truth::values()) label.voxels.push_back(static_cast<uint8_t>(value));
  write_label(folder / "label.nii", label, folder / "image.nii");
  ReadNotes notes;
  truth::expect_truth(read_image(folder / "label.nii", &notes));
  EXPECT_TRUE(notes.lines.empty());
}

}  // namespace
}  // namespace nmsw::datasets
