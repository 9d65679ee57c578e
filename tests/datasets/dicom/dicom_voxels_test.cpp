#include "datasets/dicom/dicom_voxels.h"

#include <gdcmDataElement.h>
#include <gdcmJPEG2000Codec.h>
#include <gdcmJPEGCodec.h>
#include <gdcmJPEGLSCodec.h>
#include <gdcmSequenceOfFragments.h>
#include <gtest/gtest.h>

#include "tests/support/deflated.h"
#include "tests/support/dicom_series.h"

namespace nmsw::datasets {
namespace {

using testing::DicomFolder;
using testing::DicomSliceSpec;
namespace detail = testing::dicom_detail;

std::vector<float> slice_voxels_of(const DicomSliceSpec& spec) {
  const DicomFolder folder;
  folder.put("x", spec);
  return folder.voxels();
}

void expect_slice_refused(const DicomSliceSpec& spec, const std::vector<std::string>& parts) {
  const DicomFolder folder;
  folder.put_three(spec);
  std::vector<std::string> all = parts;
  all.insert(all.begin(), "/0: ");
  folder.expect_fault(all);
}

DicomSliceSpec with_range(bool is_signed) {
  DicomSliceSpec spec;
  spec.is_signed = is_signed;
  spec.stored = {0, 1, 32767, -32768, -1, 100};  // as words: 0, 1, 32767, 32768, 65535, 100
  spec.slope = "0.5";
  spec.intercept = "-10";
  return spec;
}

TEST(DicomVoxels, AreStoredValuesTimesSlopePlusInterceptWhateverIsDisplayed) {
  for (const char* photometric : {"MONOCHROME1", "MONOCHROME2"}) {
    DicomSliceSpec spec = with_range(true);
    spec.photometric = photometric;
    EXPECT_EQ(slice_voxels_of(spec), (std::vector<float>{-10, -9.5, 16373.5, -16394, -10.5, 40}));
    spec.is_signed = false;
    EXPECT_EQ(slice_voxels_of(spec), (std::vector<float>{-10, -9.5, 16373.5, 16374, 32757.5, 40}));
  }
}

TEST(DicomVoxels, AreRescaledSliceBySlice) {
  const DicomFolder folder;
  DicomSliceSpec spec;
  spec.photometric = "MONOCHROME1";
  spec.slope = "2";
  spec.intercept = "1";
  folder.put_three(spec);
  EXPECT_EQ(folder.voxels(),
            (std::vector<float>{1, 3, 5, 7, 9, 11, -1024, -1023, -1022, -1021, -1020, -1019, -1024,
                                -1023, -1022, -1021, -1020, -1019}));
}

TEST(DicomVoxels, OfAllSizesAreRead) {
  DicomSliceSpec spec;
  spec.intercept = "0";
  spec.bits = spec.bits_stored = 8;
  spec.pixel_bytes = std::string("\x00\x01\x7f\x80\xff\x02", 6);
  EXPECT_EQ(slice_voxels_of(spec), (std::vector<float>{0, 1, 127, -128, -1, 2}));
  spec.is_signed = false;
  EXPECT_EQ(slice_voxels_of(spec), (std::vector<float>{0, 1, 127, 128, 255, 2}));
  spec.bits = spec.bits_stored = 32;
  spec.pixel_bytes = detail::little_endian(0, 4) + detail::little_endian(1, 4) +
                     detail::little_endian(0x7fffff00, 4) + detail::little_endian(0x80000000, 4) +
                     detail::little_endian(0xffffffff, 4) + detail::little_endian(7, 4);
  EXPECT_EQ(slice_voxels_of(spec),
            (std::vector<float>{0, 1, 2147483392, 2147483648, 4294967296, 7}));
  spec.is_signed = true;
  EXPECT_EQ(slice_voxels_of(spec), (std::vector<float>{0, 1, 2147483392, -2147483648.0F, -1, 7}));
}

TEST(DicomVoxels, OfTwelveBitsMayRepeatTheirSignOrNot) {
  DicomSliceSpec spec;
  spec.intercept = "0";
  spec.bits_stored = 12;
  spec.stored = {0, 2047, -2048, -1, 0x0fff, 0x0800};
  EXPECT_EQ(slice_voxels_of(spec), (std::vector<float>{0, 2047, -2048, -1, -1, -2048}));
  spec.stored[1] = 0x1000;
  expect_slice_refused(spec, {"12 bits are stored, but its voxel 1 needs more"});
  spec.extra = detail::element(0x6000, 0x0102, "US", detail::number16(12));
  EXPECT_EQ(slice_voxels_of(spec)[1], 0) << "an overlay in bit 12";
}

TEST(DicomVoxels, WithHeadersThatContradictThemselvesAreRefused) {
  DicomSliceSpec spec;
  spec.bits_stored = 17;
  expect_slice_refused(spec, {"17 bits stored of 16"});
  spec.bits_stored = 0;
  spec.high_bit = 15;
  expect_slice_refused(spec, {"0 bits stored of 16"});
  spec = {};
  spec.high_bit = 11;
  expect_slice_refused(spec, {"16 bits stored of 16, the highest of them bit 11"});
  for (const uint16_t bits : {1, 12, 24, 64}) {
    spec = {};
    spec.bits = spec.bits_stored = bits;
    expect_slice_refused(spec, {fmt::format("stores its voxels in {} bits each", bits)});
  }
  spec = {};
  spec.slope = "0";
  expect_slice_refused(spec, {"RescaleSlope is 0"});
  spec.slope = "1e999";
  expect_slice_refused(spec, {"RescaleSlope is '1e999'"});
  spec = {};
  spec.slope = spec.intercept = "";
  spec.extra = detail::element(0x0028, 0x3000, "SQ", "");
  expect_slice_refused(spec, {"Modality LUT"});
}

TEST(DicomVoxels, ThatAreNoScalarsAreRefused) {
  DicomSliceSpec spec;
  spec.samples = 3;
  spec.stored.resize(9);
  expect_slice_refused(spec, {"its voxels are rgb of 3 numbers"});
  for (const char* photometric : {"PALETTE COLOR", "YBR_FULL", "MONOCHROME3", "\xff\x1b"}) {
    spec = {};
    spec.photometric = photometric;
    expect_slice_refused(spec, {"expected one number each"});
  }
  spec = {};
  spec.samples = 0;
  spec.photometric = "MONOCHROME2";
  expect_slice_refused(spec, {"of 0 numbers"});
  for (const char* frames : {"2", "0", "-1"}) {
    spec = {};
    spec.frames = frames;
    expect_slice_refused(spec, {fmt::format("holds {} frames", frames)});
  }
}

TEST(DicomVoxels, OfAnotherNumberThanRowsTimesColumnsAreRefused) {
  DicomSliceSpec spec;
  spec.stored = {0, 1, 2, 3, 4};
  expect_slice_refused(spec, {"2 rows of 3 columns take 12 bytes, 10 are there"});
  spec.stored = {0, 1, 2, 3, 4, 5, 6, 7, 8};
  expect_slice_refused(spec, {"take 12 bytes, but 18 are there"});
  spec.stored = {0, 1, 2, 3, 4, 5, 0, 0, 0};
  EXPECT_EQ(slice_voxels_of(spec).back(), -1019) << "padding";
  const DicomFolder folder;
  DicomSliceSpec empty;
  empty.columns = 0;
  folder.put("x", empty);
  folder.expect_fault({"/x: says 2 rows and 0 columns"});
}

TEST(DicomVoxels, OfUnknownTransferSyntaxesAreRefused) {
  DicomSliceSpec spec;
  spec.syntax = "1.2.840.10008.1.2.4.100";
  spec.fragments = {"mpeg"};
  expect_slice_refused(spec, {"transfer syntax 1.2.840.10008.1.2.4.100 is not supported"});
  spec.syntax = "1.2.840.10008.1.2.1";
  expect_slice_refused(spec, {"in fragments, which its transfer syntax contradicts"});
  spec.syntax = "1.2.840.10008.1.2.4.90";
  spec.fragments.clear();
  expect_slice_refused(spec, {"in one piece, which its transfer syntax contradicts"});
}

TEST(DicomVoxels, OfDeflatedFilesAreRead) {
  const DicomFolder folder;
  DicomSliceSpec spec;
  spec.syntax = "1.2.840.10008.1.2.1.99";
  const std::string bytes =
      detail::meta_bytes(spec) + testing::deflated(detail::data_set_bytes(spec));
  folder.put_bytes("0", bytes);
  EXPECT_EQ(folder.voxels().back(), -1019);
  folder.put_three({});
  folder.put_bytes("1", bytes.substr(0, bytes.size() - 5));
  folder.expect_fault({"/1: is damaged or truncated", "deflated data set is cut off"});
}

/// RLE as PS3.5 G describes it: segments of the high and of the low bytes.
std::string rle(const std::string& high, const std::string& low, uint32_t segments = 2) {
  const auto second = static_cast<uint32_t>(64 + high.size());
  return detail::little_endian(segments, 4) + detail::little_endian(64, 4) +
         detail::little_endian(second, 4) + std::string(52, '\0') + high + low;
}

TEST(DicomVoxels, OfRunLengthsAreReadOrRefused) {
  DicomSliceSpec spec;
  spec.intercept = "0";
  spec.syntax = "1.2.840.10008.1.2.5";
  // High bytes: six times 1; low bytes: 5, 5, 5, then 7, 8, 9. 0x80 says nothing.
  const std::string high = "\xfb\x01", low = "\x80\xfe\x05\x02\x07\x08\x09";
  spec.fragments = {rle(high, low)};
  EXPECT_EQ(slice_voxels_of(spec), (std::vector<float>{261, 261, 261, 263, 264, 265}));
  for (const uint32_t segments : {0U, 1U, 3U, 4000000000U}) {
    spec.fragments = {rle(high, low, segments)};
    expect_slice_refused(spec, {"RLE pixels are damaged", fmt::format("{} segments", segments)});
  }
  spec.fragments = {rle(high, low.substr(0, 6))};
  expect_slice_refused(spec, {"segment 2 holds fewer than 6 bytes"});
  spec.fragments = {rle(high, low).substr(0, 60)};
  expect_slice_refused(spec, {"shorter than their header"});
  spec.fragments = {rle(high, low)};
  spec.fragments[0].replace(8, 4, detail::little_endian(0xfffffff0, 4));
  expect_slice_refused(spec, {"segment 2 begins at byte 4294967280"});
}

/// A stream of 16-bit values that GDCM encodes: values are known, so that decoding is tested.
template <class Codec>
std::string encoded(Codec& codec, const std::vector<int16_t>& values, unsigned columns,
                    bool is_signed) {
  const unsigned extent[3] = {columns, static_cast<unsigned>(values.size()) / columns, 1};
  codec.SetNumberOfDimensions(2);
  codec.SetDimensions(extent);
  codec.SetPhotometricInterpretation(gdcm::PhotometricInterpretation::MONOCHROME2);
  codec.SetPixelFormat(gdcm::PixelFormat(1, 16, 16, 15, is_signed ? 1 : 0));
  gdcm::DataElement in(gdcm::Tag(0x7fe0, 0x0010)), out;
  in.SetByteValue(reinterpret_cast<const char*>(values.data()),
                  gdcm::VL(static_cast<uint32_t>(values.size() * 2)));
  EXPECT_TRUE(codec.Code(in, out));
  const gdcm::ByteValue* bytes = out.GetSequenceOfFragments()->GetFragment(0).GetByteValue();
  return {bytes->GetPointer(), bytes->GetLength()};
}

template <class Codec>
void expect_decoded(const char* syntax) {
  DicomSliceSpec spec;
  spec.intercept = "0";
  spec.syntax = syntax;
  spec.rows = spec.columns = 32;
  spec.photometric = "MONOCHROME1";
  spec.stored.clear();
  for (int i = 0; i < 32 * 32; ++i) spec.stored.push_back(static_cast<int16_t>(i * 64 - 32768));
  for (const bool is_signed : {true, false}) {
    Codec codec;
    codec.SetLossless(true);
    spec.is_signed = is_signed;
    const std::string stream = encoded(codec, spec.stored, 32, is_signed);
    spec.fragments = {stream.substr(0, 100), stream.substr(100)};
    std::vector<float> expected;
    for (const int16_t value : spec.stored)
      expected.push_back(is_signed ? value : static_cast<uint16_t>(value));
    EXPECT_EQ(slice_voxels_of(spec), expected) << syntax << is_signed;
    DicomSliceSpec wrong = spec;
    wrong.rows = 31;
    const DicomFolder folder;
    folder.put("x", wrong);
    folder.expect_fault({"/x: its compressed pixels", "31 rows of 32 columns"});
    wrong = spec;
    wrong.fragments = {stream.substr(0, stream.size() / 3)};
    folder.put("x", wrong);
    folder.expect_fault({"/x: "});
  }
}

class Jpeg2000Lossless : public gdcm::JPEG2000Codec {
 public:
  void SetLossless(bool lossless) { SetReversible(lossless); }
};

TEST(DicomVoxels, OfJpegStreamsAreRead) {
  expect_decoded<gdcm::JPEGCodec>("1.2.840.10008.1.2.4.70");
  expect_decoded<gdcm::JPEGLSCodec>("1.2.840.10008.1.2.4.80");
  expect_decoded<Jpeg2000Lossless>("1.2.840.10008.1.2.4.90");
}

}  // namespace
}  // namespace nmsw::datasets
