#include <cmath>
#include <functional>
#include <limits>

#include <gtest/gtest.h>

#include "datasets/formats/gzip.h"
#include "datasets/formats/nifti_file.h"
#include "datasets/formats/nifti_orientation.h"
#include "datasets/grid/orientation.h"
#include "datasets/image_io.h"
#include "tests/datasets/formats/truth_volume.h"
#include "tests/support/expect_error.h"
#include "tests/support/put_file.h"
#include "tests/support/temporary_folder.h"

// One small label map in odd, damaged and hostile files of every format: each is read as it is, or
// refused with the file's name and the reason.

namespace nmsw::datasets::variations {
namespace {

using testing::expect_error;
using testing::put_file;
using truth::bytes_as;

const std::vector<int> kIds{1, 1, 1, 1, 2, 0, 0, 0, 0, 3, 0, 0, 1, 0, 2, 0, 0, 0, 0, 0, 3, 3, 0, 1};

LabelVolume the_label() {
  LabelVolume label;
  label.geometry.extent_xyz = {4, 3, 2};
  label.geometry.spacing_xyz_mm = {1, 2, 3};
  label.geometry.origin_lps_mm = {5, 6, 7};
  label.voxels.assign(kIds.begin(), kIds.end());
  return label;
}

const std::string& the_bytes() {
  static const std::string bytes = bytes_as<uint8_t>(kIds);
  return bytes;
}

/// The ids with this one in place of each 2.
template <class Stored>
std::string with_two_as(double value) {
  std::string bytes;
  for (const int id : kIds) {
    const auto stored = static_cast<Stored>(id == 2 ? value : id);
    bytes.append(reinterpret_cast<const char*>(&stored), sizeof(stored));
  }
  return bytes;
}

/// reason   a part of the refusal; empty: it is read as the label map that it is
struct Variation {
  std::string name;
  std::string bytes;
  std::string reason;
};

void expect_verdicts(const std::string& ending, const std::vector<Variation>& all) {
  const testing::TemporaryFolder folder;
  const LabelVolume label = the_label();
  const auto read = [&](const std::string& name) {
    const LabelVolume found = turned_to(label.geometry, read_label(folder / name));
    require_same_grid(found.geometry, name, label.geometry, "the truth");
    return found.voxels;
  };
  for (const Variation& one : all) {
    const std::string name = one.name + ending;
    SCOPED_TRACE(name);
    put_file(folder / name, one.bytes);
    if (one.reason.empty()) {
      EXPECT_EQ(read(name), label.voxels);
    } else {
      expect_error<DataError>([&] { read(name); }, {name, one.reason});
    }
  }
}

/// `more` replaces the lines of its keys, or adds them.
std::string meta(const std::vector<std::pair<std::string, std::string>>& more,
                 const std::string& data = the_bytes()) {
  std::vector<std::pair<std::string, std::string>> lines{
      {"ObjectType", "Image"},     {"NDims", "3"},
      {"BinaryData", "True"},      {"DimSize", "4 3 2"},
      {"ElementSpacing", "1 2 3"}, {"Offset", "5 6 7"},
      {"ElementType", "MET_UCHAR"}};
  for (const auto& [key, value] : more) {
    const auto is_key = [&, &wanted = key](const auto& line) { return line.first == wanted; };
    const auto found = std::find_if(lines.begin(), lines.end(), is_key);
    if (found == lines.end()) {
      lines.emplace_back(key, value);
    } else {
      found->second = value;
    }
  }
  std::string text;
  for (const auto& [key, value] : lines) text.append(key).append(" = ").append(value).append("\n");
  return text + "ElementDataFile = LOCAL\n" + data;
}

TEST(FileVariations, OfMetaImages) {
  const std::string packed = gzip(the_bytes());
  const auto compressed = [](const std::string& data) {
    return meta({{"CompressedData", "True"}}, data);
  };
  expect_verdicts(
      ".mha",
      {{"plain", meta({}), ""},
       {"exponents", meta({{"ElementSpacing", "1e0 2.0E+0 3."}}), ""},
       {"infinite_spacing", meta({{"ElementSpacing", "1 2 inf"}}), "not finite"},
       {"tiny_spacing", meta({{"ElementSpacing", "1e-300 2 3"}}), "impossible"},
       {"decimal_commas", meta({{"ElementSpacing", "1,0 2,0 3,0"}}), "no number"},
       {"two_spacings", meta({{"ElementSpacing", "1 2"}}), "2 values where 3"},
       {"nan_offset", meta({{"Offset", "nan 6 7"}}), "not finite"},
       {"far_away", meta({{"Offset", "1e300 6 7"}}), "origin"},
       {"two_origins", meta({{"Position", "1 6 7"}}), "Offset twice"},
       {"zero_matrix", meta({{"TransformMatrix", "0 0 0 0 0 0 0 0 0"}}), "no rotation"},
       {"scaled_matrix", meta({{"TransformMatrix", "2 0 0 0 2 0 0 0 2"}}), "no rotation"},
       {"eight_numbers", meta({{"TransformMatrix", "1 0 0 0 1 0 0 0"}}), "8 values where 9"},
       {"big_endian",
        meta({{"ElementType", "MET_SHORT"}, {"BinaryDataByteOrderMSB", "True"}},
             bytes_as<int16_t>(kIds, true)),
        ""},
       {"both_orders", meta({{"BinaryDataByteOrderMSB", "True"}, {"ElementByteOrderMSB", "False"}}),
        "BinaryDataByteOrderMSB twice"},
       {"off_by_0.02", meta({{"ElementType", "MET_FLOAT"}}, with_two_as<float>(2.02)), "2.02"},
       {"off_by_0.009", meta({{"ElementType", "MET_FLOAT"}}, with_two_as<float>(1.991)), ""},
       {"largest_number", meta({{"ElementType", "MET_ULONG_LONG"}}, with_two_as<uint64_t>(1.8e19)),
        "whole numbers"},
       {"array", meta({{"ElementType", "MET_UCHAR_ARRAY"}}), "ElementType"},
       {"no_rows", meta({{"DimSize", "4 0 2"}}), "DimSize"},
       {"negative_size", meta({{"DimSize", "-4 -3 2"}}), "DimSize"},
       {"overflow", meta({{"DimSize", "4294967296 4294967296 1"}}), "impossible"},
       {"beyond_64_bits", meta({{"DimSize", "99999999999999999999 1 1"}}), "DimSize"},
       {"8_gb", meta({{"DimSize", "2000 2000 2000"}}), "truncated"},
       {"8_gb_packed", meta({{"DimSize", "2000 2000 2000"}, {"CompressedData", "True"}}, packed),
        "truncated"},
       {"gzip", compressed(packed), ""},
       {"bomb", compressed(gzip(std::string(size_t{64} << 20, '\0'))), "goes on after"},
       {"cut", compressed(packed.substr(0, packed.size() - 10)), "truncated"},
       {"no_channels", meta({{"ElementNumberOfChannels", "0"}}), "ElementNumberOfChannels"},
       {"three_channels", meta({{"ElementNumberOfChannels", "3"}}), "vectors of 3"},
       {"huge_header", meta({{"HeaderSize", "9223372036854775807"}}), "HeaderSize"},
       {"slope", meta({{"ElementToIntensityFunctionSlope", "nan"}}), "Slope"},
       {"text_of_256", meta({{"BinaryData", "False"}}, "256 " + std::string(46, '1')), "voxel 0"},
       {"metres", meta({{"DistanceUnits", "m"}}), "DistanceUnits"},
       {"latin_1", meta({{"Name", "M\xfcller"}}), ""},
       {"nul", meta({{"Comment", std::string("a\0b", 3)}}), ""},
       {"carriage_returns", "NDims = 3\rElementDataFile = LOCAL\r", "not a MetaImage"}});
}

/// Every header but `wanted`'s line, with `line` in its place.
std::string nrrd(const std::string& wanted, const std::string& line,
                 const std::string& data = the_bytes()) {
  std::string text = "NRRD0004\n";
  bool found = false;
  for (const std::string fixed :
       {"type: uchar", "dimension: 3", "sizes: 4 3 2", "space: LPS",
        "space directions: (1,0,0) (0,2,0) (0,0,3)", "space origin: (5,6,7)", "encoding: raw"}) {
    const bool replaced = !wanted.empty() && fixed.rfind(wanted + ":", 0) == 0;
    found = found || replaced;
    text += (replaced ? line : fixed) + "\n";
  }
  return text + (found || line.empty() ? "" : line + "\n") + "\n" + data;
}

TEST(FileVariations, OfNrrds) {
  const auto directions = [](const std::string& vectors) {
    return nrrd("space directions", "space directions: " + vectors);
  };
  const auto coded = [](const std::string& encoding, const std::string& data) {
    return nrrd("encoding", "encoding: " + encoding, data);
  };
  const std::string packed = gzip(the_bytes());
  const std::string empty = gzip("");
  std::string many;
  for (int i = 0; i < 20'000; ++i) many += empty;
  expect_verdicts(
      ".nrrd",
      {{"plain", nrrd("", ""), ""},
       {"spaces", directions("( 1 , 0 , 0 ) (0,2,0)   (0,0,3)"), ""},
       {"nan", directions("(1,0,0) (0,nan,0) (0,0,3)"), "not finite"},
       {"overflow", directions("(1e400,0,0) (0,2,0) (0,0,3)"), "no number"},
       {"parallel", directions("(1,0,0) (2,0,0) (0,0,3)"), "singular"},
       {"open", directions("(1,0,0 (0,2,0) (0,0,3)"), "no number"},
       {"zero", directions("(0,0,0) (0,2,0) (0,0,3)"), "length 0"},
       {"mirrored", directions("(-1,0,0) (0,2,0) (0,0,3)"), "do not lie on one grid"},
       {"unknown_space", nrrd("space", "space: left-up"), "no space"},
       {"left_handed", nrrd("space", "space: 3D-left-handed"), "3D-left-handed"},
       {"upper_case", nrrd("space", "space: Left-Posterior-SUPERIOR"), ""},
       {"far_away", nrrd("space origin", "space origin: (1e300,0,0)"), "origin"},
       {"negative", nrrd("sizes", "sizes: -4 -3 2"), "sizes"},
       {"wrapping", nrrd("sizes", "sizes: 18446744073709551617 3 2"), "sizes"},
       {"hexadecimal", nrrd("sizes", "sizes: 0x4 3 2"), "sizes"},
       {"twice", nrrd("", "sizes: 2 3 4"), "sizes twice"},
       {"block", nrrd("type", "type: block"), "type 'block'"},
       {"no_order", nrrd("type", "type: short", bytes_as<int16_t>(kIds)), "endian"},
       {"big", nrrd("type", "type: short\nendian: big", bytes_as<int16_t>(kIds, true)), ""},
       {"off_by_0.02", nrrd("type", "type: double\nendian: little", with_two_as<double>(2.02)),
        "2.02"},
       {"wrapped_id",
        nrrd("type", "type: uint32\nendian: little", with_two_as<uint32_t>(4294967042.0)),
        "whole numbers"},
       {"gzip", coded("gzip", packed), ""},
       {"members", coded("gz", gzip(the_bytes().substr(0, 7)) + gzip(the_bytes().substr(7))), ""},
       {"empty_members", coded("gzip", many + packed), ""},
       {"bomb", coded("gzip", gzip(std::string(size_t{64} << 20, '\0'))), "goes on after"},
       {"false_length", coded("gzip", packed.substr(0, packed.size() - 4) + "\xff\xff\xff\xff"),
        "damaged"},
       {"no_gzip", coded("gzip", the_bytes()), "no gzip stream"},
       {"zstd", coded("zstd", the_bytes()), "not supported"},
       {"odd_hex", coded("hex", std::string(47, '1')), "truncated"},
       {"text_of_256", coded("text", "256 " + std::string(46, '1')), "voxel 0"},
       {"skip_over_end", nrrd("", "byte skip: 9223372036854775807"), "byte skip"},
       {"negative_skip", nrrd("", "byte skip: -2"), "byte skip"},
       {"lines_over_end", nrrd("", "line skip: 20"), "line skip"},
       {"two_spacings", nrrd("", "spacings: 9 9 9"), "contradicts"},
       {"metres", nrrd("", "space units: \"m\" \"m\" \"m\""), "do not lie on one grid"},
       {"unknown_line", nrrd("", "frobnicate: 3"), "no line of a NRRD"},
       {"cut", nrrd("", "", the_bytes().substr(1)), "truncated"}});
}

constexpr float kNan = std::numeric_limits<float>::quiet_NaN();
constexpr float kInfinity = std::numeric_limits<float>::infinity();

std::string nifti(const std::function<void(NiftiHeader&)>& spoil = {},
                  const std::string& data = the_bytes()) {
  NiftiHeader header = make_nifti_header(the_label().geometry, NiftiType::uint8);
  if (spoil) spoil(header);
  return nifti_bytes(header, data);
}

/// Of the sform alone; the qform is switched off.
std::string nifti_sform(const std::function<void(NiftiHeader&)>& spoil) {
  return nifti([&](NiftiHeader& h) {
    h.qform_code = 0;
    spoil(h);
  });
}
std::string nifti_qform(const std::function<void(NiftiHeader&)>& spoil) {
  return nifti([&](NiftiHeader& h) {
    h.sform_code = 0;
    spoil(h);
  });
}
std::string nifti_floats(double value) {
  return nifti([](NiftiHeader& h) { h.datatype = 16, h.bitpix = 32; }, with_two_as<float>(value));
}

TEST(FileVariations, OfNiftis) {
  expect_verdicts(
      ".nii",
      {{"plain", nifti(), ""},
       {"nan_in_sform", nifti_sform([](NiftiHeader& h) { h.srow_z[2] = kNan; }), "not finite"},
       {"nan_in_offset", nifti_sform([](NiftiHeader& h) { h.srow_x[3] = kNan; }), "not finite"},
       {"far_away", nifti_sform([](NiftiHeader& h) { h.srow_x[3] = 1e30F; }), "origin"},
       {"nan_quaternion", nifti_qform([](NiftiHeader& h) { h.quatern_b = kNan; }), "no rotation"},
       {"long_quaternion", nifti_qform([](NiftiHeader& h) { h.quatern_b = h.quatern_c = 1; }),
        "no rotation"},
       {"infinite_place", nifti_qform([](NiftiHeader& h) { h.qoffset_y = kInfinity; }), "origin"},
       {"negative_pixdim",
        nifti_sform([](NiftiHeader& h) { h.pixdim[1] *= -1, h.pixdim[3] *= -1; }), ""},
       {"huge_pixdim", nifti_sform([](NiftiHeader& h) { h.pixdim[1] = 1e30F; }), ""},
       {"huge_pixdim_alone", nifti_qform([](NiftiHeader& h) { h.pixdim[1] = 1e30F; }),
        "impossible"},
       {"infinite_pixdim_alone", nifti_qform([](NiftiHeader& h) { h.pixdim[2] = kInfinity; }),
        "spacing inf"},
       {"no_orientation", nifti([](NiftiHeader& h) { h.sform_code = h.qform_code = 0; }),
        "do not lie on one grid"},
       {"swapped_dimensions", nifti([](NiftiHeader& h) { h.dim[0] = 768; }), "768 dimensions"},
       {"seven", nifti([](NiftiHeader& h) { h.dim[0] = 7; }), ""},
       {"no_volume", nifti([](NiftiHeader& h) { h.dim[0] = 4, h.dim[4] = 0; }), "extent 0"},
       {"many_volumes", nifti([](NiftiHeader& h) {
          h.dim[0] = 7;
          for (int i = 4; i < 8; ++i) h.dim[i] = 32767;
        }),
        "32767 volumes"},
       {"smallest", nifti([](NiftiHeader& h) { h.dim[1] = -32768; }), "extent -32768"},
       {"huge", nifti([](NiftiHeader& h) { h.dim[1] = h.dim[2] = 32767; }), "truncated"},
       {"offset_nan", nifti([](NiftiHeader& h) { h.vox_offset = kNan; }), "offset nan"},
       {"offset_minus", nifti([](NiftiHeader& h) { h.vox_offset = -352; }), "offset -352"},
       {"offset_far", nifti([](NiftiHeader& h) { h.vox_offset = 3e38F; }), "offset"},
       {"offset_one_more", nifti([](NiftiHeader& h) { h.vox_offset = 353; }), "truncated"},
       {"off_by_0.02", nifti_floats(2.02), "2.02"},
       {"off_by_0.0099", nifti_floats(1.9901), ""},
       {"off_below_0", nifti_floats(-0.02), "-0.02"},
       {"above_255", nifti_floats(255.6), "255.6"},
       {"nan_id", nifti_floats(kNan), "not finite"},
       {"cut", nifti({}, the_bytes().substr(1)), "truncated"},
       {"header_alone", nifti().substr(0, 300), "holds only 300 bytes"},
       {"empty", "", "is empty"}});
}

TEST(FileVariations, OfCompressedNiftis) {
  const std::string packed = gzip(nifti());
  const std::string empty = gzip("");
  std::string bytewise, many;
  for (const char byte : nifti()) bytewise += gzip(std::string(1, byte));
  for (int i = 0; i < 20'000; ++i) many += empty;
  std::string method = packed, checksum = packed;
  method[2] = 7;
  checksum[packed.size() - 8] ^= 1;
  expect_verdicts(
      ".nii.gz", {{"plain", packed, ""},
                  {"padded", packed + std::string(512, '\0'), ""},
                  {"bytewise", bytewise, ""},
                  {"empty_members", many + packed, ""},
                  {"cut", packed.substr(0, packed.size() - 12), "truncated"},
                  {"magic_alone", packed.substr(0, 2), "holds only 0 bytes"},
                  {"method", method, "damaged"},
                  {"checksum", checksum, "damaged"},
                  {"twice", gzip(packed), "holds only"},
                  {"huge_promise",
                   gzip(nifti([](NiftiHeader& h) { h.dim[1] = h.dim[2] = 2000, h.dim[3] = 1000; })),
                   "truncated"}});
}

}  // namespace
}  // namespace nmsw::datasets::variations
