#include "datasets/formats/nrrd_header.h"

#include <gtest/gtest.h>

#include "tests/datasets/formats/nrrd_text.h"

namespace nmsw::datasets {
namespace {

using namespace nrrd_text;

TEST(NrrdHeader, WithoutASpaceSpacingsAndPlacesCount) {
  const auto file = [](const std::string& fields) {
    return "NRRD0001\ntype: uchar\nencoding: raw\ndimension: 3\nsizes: 4 3 2\n" + fields + "\n" +
           raw_bytes();
  };
  const auto expect = [&](const std::string& fields, const Real3& spacing, const Real3& origin) {
    SCOPED_TRACE(fields);
    const Geometry got = read_bytes_as(file(fields)).geometry;
    for (size_t a = 0; a < 3; ++a) {
      EXPECT_DOUBLE_EQ(got.spacing_xyz_mm[a], spacing[a]);
      EXPECT_DOUBLE_EQ(got.origin_lps_mm[a], origin[a]);
    }
    EXPECT_EQ(got.direction_lps, (std::array<double, 9>{1, 0, 0, 0, 1, 0, 0, 0, 1}));
  };
  expect("", {1, 1, 1}, {0, 0, 0});
  expect("spacings: 2 3 4\n", {2, 3, 4}, {0, 0, 0});
  expect("spacings: 2 nan 4\n", {2, 1, 4}, {0, 0, 0});
  expect("spacings: 2 3 4\nunits: \"cm\" \"cm\" \"cm\"\n", {20, 30, 40}, {0, 0, 0});
  // A cell's least border lies half a voxel before its centre, a node's on it.
  expect("spacings: 2 3 4\naxis mins: 10 20 30\n", {2, 3, 4}, {11, 21.5, 32});
  expect("spacings: 2 3 4\naxis mins: 10 20 30\ncenterings: node node cell\n", {2, 3, 4},
         {10, 20, 32});
  expect("axis mins: 10 20 30\naxis maxs: 18 29 38\n", {2, 3, 4}, {11, 21.5, 32});
  expect("axis mins: 10 20 30\naxis maxs: 16 26 34\ncenterings: node node node\n", {2, 3, 4},
         {10, 20, 30});
  expect_refused(file("spacings: 2 3 4\naxis mins: 10 20 30\naxis maxs: 18 29 39\n"),
                 {"spacings", "contradicts"});
  expect_refused(file("spacings: 2 0 4\n"), {"spacing", "impossible"});
  expect_refused(file("spacings: 2 -3 4\n"), {"spacing", "impossible"});
  expect_refused(file("spacings: inf 3 4\n"), {"spacings", "impossible"});
  expect_refused(file("axis mins: 3 0 0\naxis maxs: 3 1 1\n"), {"spacing", "impossible"});
}

TEST(NrrdHeader, UnitsOfLengthBecomeMillimetres) {
  std::string bytes =
      lps_file("type: uchar\nencoding: raw\nspace units: \"um\" \"um\" \"um\"\n", raw_bytes());
  const Geometry got = read_bytes_as(bytes).geometry;
  EXPECT_NEAR(got.spacing_xyz_mm[2], 0.0025, 1e-12);
  EXPECT_NEAR(got.origin_lps_mm[2], -0.10075, 1e-12);
  const auto units = [&](const std::string& text) {
    return lps_file("type: uchar\nencoding: raw\nspace units: " + text + "\n", raw_bytes());
  };
  expect_refused(units("\"mm\" \"mm\" \"cm\""), {"space units", "mixes"});
  expect_refused(units("\"parsec\" \"parsec\" \"parsec\""), {"space units", "no unit of length"});
  expect_refused(units("\"mm\" \"mm\""), {"space units", "each dimension"});
  expect_refused(units("mm mm mm"), {"space units", "quotation marks"});
}

TEST(NrrdHeader, AnUnknownOriginIsTakenAsZeroWithANote) {
  const std::string good = lps_file("type: uchar\nencoding: raw\n", raw_bytes());
  const size_t from = good.find("space origin"), to = good.find('\n', from) + 1;
  for (const char* origin : {"", "space origin: (NaN,NaN,NaN)\n", "space origin: none\n"}) {
    ReadNotes notes;
    std::string bytes = good;
    const ImageVolume read =
        read_bytes_as(bytes.replace(from, to - from, origin), "v.nrrd", &notes);
    EXPECT_EQ(read.geometry.origin_lps_mm, (Real3{0, 0, 0}));
    ASSERT_EQ(notes.lines.size(), 1U);
    EXPECT_NE(notes.lines[0].find("no space origin"), std::string::npos);
  }
  for (const char* origin : {"(NaN,1,2)", "(inf,0,0)", "(1e308,0,0)", "(0,0)", "(0,0,0,0)", "0 0 0",
                             "(0,0,0) (0,0,0)", "(0,0,x)", "(0,0,0"}) {
    std::string bytes = good;
    expect_refused(bytes.replace(from, to - from, fmt::format("space origin: {}\n", origin)),
                   {"origin"});
  }
}

TEST(NrrdHeader, ImpossibleHeadersAreRefusedWithTheReason) {
  const std::string good = lps_file("type: uchar\nencoding: raw\n", raw_bytes());
  const auto changed = [&](const std::string& from, const std::string& to) {
    std::string bytes = good;
    return bytes.replace(bytes.find(from), from.size(), to);
  };
  const std::string first = "space directions: " + good.substr(good.find("space directions: ") + 18,
                                                               good.find(')') - good.find('(') + 1);
  const std::vector<std::pair<std::string, std::vector<std::string>>> all{
      {changed("NRRD0005", "NRRD0006"), {"not a NRRD"}},
      {changed("NRRD0005", "NRRD"), {"not a NRRD"}},
      {changed("type: uchar\n", ""), {"lacks type"}},
      {changed("encoding: raw\n", ""), {"lacks encoding"}},
      {changed("dimension: 3\n", ""), {"lacks dimension"}},
      {changed("sizes: 4 3 2\n", ""), {"lacks sizes"}},
      {changed("type: uchar", "type: block"), {"type", "block"}},
      {changed("type: uchar", "type: char"), {"type", "char"}},
      {changed("type: uchar", "type: short"), {"lacks endian"}},
      {changed("type: uchar", "type: short\nendian: middle"), {"endian", "middle"}},
      {changed("encoding: raw", "encoding: bzip2"), {"encoding", "bzip2", "not supported"}},
      {changed("encoding: raw", "encoding: zrl"), {"encoding", "not supported"}},
      {changed("encoding: raw", "encoding: raw\nencoding: raw"), {"encoding twice"}},
      {changed("encoding: raw",
               "encoding: raw\ncenters: cell cell cell\ncenterings: cell cell cell"),
       {"centerings twice"}},
      {changed("encoding: raw", "encoding: raw\nType: uchar"), {"type twice"}},
      {changed("encoding: raw", "encoding: raw\nspacing: 1 1 1"), {"spacing", "no line of a NRRD"}},
      {changed("encoding: raw", "encoding: raw\nrubbish"), {"rubbish", "no line of a NRRD"}},
      {changed("dimension: 3", "dimension: -3"), {"dimension", "-3"}},
      {changed("dimension: 3", "dimension: 17"), {"dimension", "17"}},
      {changed("dimension: 3", "dimension: 4"), {"sizes", "3 values where 4"}},
      {changed("dimension: 3", "dimension: 3.0"), {"dimension", "3.0"}},
      {changed("dimension: 3", "dimension: 99999999999999999999"), {"dimension"}},
      {changed("sizes: 4 3 2", "sizes: 4 3 0"), {"sizes", "impossible"}},
      {changed("sizes: 4 3 2", "sizes: 4 3 -2"), {"sizes", "impossible"}},
      {changed("sizes: 4 3 2", "sizes: 0x4 3 2"), {"sizes"}},
      {changed("sizes: 4 3 2", "sizes: 2000000 2000000 2000000"), {"size", "impossible"}},
      {changed("sizes: 4 3 2", "sizes: 4 3 3"), {"truncated", "36"}},
      {changed("space: left-posterior-superior", "space: 3D-left-handed"),
       {"3D-left-handed", "left-posterior-superior"}},
      {changed("space: left-posterior-superior", "space: RSA"), {"space", "RSA"}},
      {changed("space: left-posterior-superior", "space: LPS\nspace dimension: 2"),
       {"space dimension", "contradicts"}},
      {changed("space: left-posterior-superior", "space dimension: 5"), {"space"}},
      {changed("space: left-posterior-superior\n", ""), {"space directions", "dimension"}},
      {changed(first, "space directions: (nan,0,1)"), {"space directions", "not finite"}},
      {changed(first, "space directions: (inf,0,0)"), {"space directions", "not finite"}},
      {changed(first, "space directions: (1e308,0,0)"), {"spacing", "impossible"}},
      {changed(first, "space directions: (1e-300,0,0)"), {"spacing", "impossible"}},
      {changed(first, "space directions: (0,0,0)"), {"length 0"}},
      {changed(first, "space directions: (1,0)"), {"space directions", "dimension"}},
      {changed(first, "space directions: (1,0,0) (1,0,0)"), {"each axis"}},
      {changed(first, "space directions: (0,0,1)"), {"singular"}},
      {changed(first, "space directions: nothing"), {"no vector"}},
      {changed(first, "space directions: (1,,0)"), {"no number"}},
      {changed("encoding: raw", "encoding: raw\nspacings: 5 1.1 2.5"), {"spacings", "contradicts"}},
      {changed("encoding: raw", "encoding: raw\naxis mins: 0 0 0"), {"axis mins"}},
      {changed("encoding: raw", "encoding: raw\nkinds: vector domain domain"),
       {"vector of 4 numbers"}},
      {changed("encoding: raw", "encoding: raw\nkinds: domain domain time"), {"kinds"}},
      {changed("encoding: raw", "encoding: raw\nkinds: domain domain foo"), {"kinds", "foo"}},
      {changed("encoding: raw", "encoding: raw\ncenterings: cell cell edge"), {"centerings"}},
      {changed("encoding: raw", "encoding: raw\nline skip: 2000000000"), {"line skip"}},
      {changed("encoding: raw", "encoding: raw\nbyte skip: -2"), {"byte skip"}},
      {good.substr(0, good.find("\n\n")), {"not a NRRD"}},
      {good.substr(0, good.size() - 1), {"truncated"}},
      {"NRRD0004\n" + std::string((4 << 20) + 10, '#'), {"header is longer"}}};
  for (const auto& [bytes, parts] : all) {
    SCOPED_TRACE(parts.front());
    expect_refused(bytes, parts);
  }
}

TEST(NrrdHeader, ASpaceNeedsDirectionsUnlessItIsLps) {
  const auto file = [](const std::string& space, const std::string& more) {
    return "NRRD0005\ntype: uchar\nencoding: raw\ndimension: 3\nsizes: 4 3 2\nspace: " + space +
           "\n" + more + "\n" + raw_bytes();
  };
  EXPECT_EQ(read_bytes_as(file("LPS", "spacings: 2 3 4\n")).geometry.spacing_xyz_mm,
            (Real3{2, 3, 4}));
  expect_refused(file("RAS", "spacings: 2 3 4\n"), {"without space directions"});
  expect_refused(file("LAS", ""), {"without space directions"});
  expect_refused(file("LPS", "space directions: none none none\n"), {"give no volume"});
  expect_refused(file("LPS", "space origin: (1,2,3)\n"), {"space origin"});
}

TEST(NrrdHeader, TwoDimensionsAreAVolumeOfOneSlice) {
  const ImageVolume image = read_bytes_as(
      "NRRD0004\ntype: uchar\nencoding: raw\ndimension: 2\nsizes: 4 6\nspace: LPS\n"
      "space directions: (0,2,0) (0,0,3)\nspace origin: (1,2,3)\n\n" +
      raw_bytes());
  EXPECT_EQ(image.geometry.extent_xyz, (Int3{4, 6, 1}));
  EXPECT_EQ(image.geometry.spacing_xyz_mm, (Real3{2, 3, 1}));
  EXPECT_EQ(image.geometry.direction_lps, (std::array<double, 9>{0, 0, 1, 1, 0, 0, 0, 1, 0}));
  expect_refused("NRRD0004\ntype: uchar\nencoding: raw\ndimension: 1\nsizes: 24\n\n" + raw_bytes(),
                 {"give no volume"});
}

}  // namespace
}  // namespace nmsw::datasets
