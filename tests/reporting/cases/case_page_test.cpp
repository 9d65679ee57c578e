#include "reporting/cases/case_page.h"

#include <cstring>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <zlib.h>
#include <nlohmann/json.hpp>

#include "reporting/cases/case_volumes.h"
#include "reporting/cases/viewer.h"
#include "tests/support/expect_error.h"

namespace nmsw::reporting {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

/// RFC 4648, the slow way.
std::string bytes_of(const std::string& base64) {
  static const std::string digits =
      "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
  std::string bytes;
  uint32_t bits = 0, count = 0;
  for (const char digit : base64) {
    if (digit == '=') break;
    bits = bits << 6U | static_cast<uint32_t>(digits.find(digit));
    count += 6;
    if (count < 8) continue;
    count -= 8;
    bytes += static_cast<char>(bits >> count & 255U);
  }
  return bytes;
}

std::string gunzipped(const std::string& bytes) {
  std::string out(1U << 22U, '\0');
  z_stream stream{};
  EXPECT_EQ(inflateInit2(&stream, 15 + 16), Z_OK);
  stream.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(bytes.data()));
  stream.avail_in = static_cast<uInt>(bytes.size());
  stream.next_out = reinterpret_cast<Bytef*>(out.data());
  stream.avail_out = static_cast<uInt>(out.size());
  EXPECT_EQ(inflate(&stream, Z_FINISH), Z_STREAM_END);
  out.resize(stream.total_out);
  inflateEnd(&stream);
  return out;
}

template <class Value>
Value at(const std::string& bytes, size_t place) {
  Value value{};
  std::memcpy(&value, bytes.data() + place, sizeof(value));
  return value;
}

Geometry grid_of(Int3 extent_xyz) {
  Geometry grid;
  grid.extent_xyz = extent_xyz;
  grid.spacing_xyz_mm = {10, 20, 5};
  grid.origin_lps_mm = {100, -50, 7};
  return grid;
}

LabelVolume labels_of(const Geometry& grid, const std::vector<std::pair<Int3, uint8_t>>& voxels) {
  LabelVolume labels{grid, std::vector<uint8_t>(static_cast<size_t>(grid.voxel_count()))};
  for (const auto& [place, index] : voxels)
    labels.voxels[static_cast<size_t>(labels.index(place[0], place[1], place[2]))] = index;
  return labels;
}

/// 20 x 10 x 30 voxels of 10 x 20 x 5 mm; class 1 at (10, 5, 15) in the label, class 2 beside it in
/// the prediction.
CasePage small_case() {
  CasePage page;
  page.title = "Case </script> 7";
  page.scan.geometry = grid_of({20, 10, 30});
  for (int64_t i = 0; i < page.scan.geometry.voxel_count(); ++i)
    page.scan.voxels.push_back(static_cast<float>(i % 3000 - 1000));
  page.label = labels_of(page.scan.geometry, {{{10, 5, 15}, 1}});
  CasePrediction prediction;
  prediction.name = "NMSW (k=5)";
  prediction.classes = labels_of(page.scan.geometry, {{{11, 5, 15}, 2}});
  prediction.scores = {{1, 0.25, 0.5}, {2, std::nullopt, std::nullopt}};
  prediction.patches = {{{8, 4, 14}, {4, 3, 3}}};
  page.predictions = {prediction};
  page.classes = {{1, "liver"}, {2, "<spleen>"}};
  return page;
}

TEST(CaseVolumes, AreCroppedToTheClassesWithAMargin) {
  const Crop crop = crop_around_classes(small_case());
  // 25 mm are 3 voxels of 10 mm, 2 of 20 mm and 5 of 5 mm.
  EXPECT_EQ(crop.start_xyz, (Int3{7, 3, 10}));
  EXPECT_EQ(crop.size_xyz, (Int3{8, 5, 11}));
  CasePage empty = small_case();
  empty.label.reset();
  empty.predictions.clear();
  EXPECT_EQ(crop_around_classes(empty).size_xyz, (Int3{20, 10, 30}));
}

TEST(CaseVolumes, AreNiftiFilesOnTheScansGrid) {
  const CasePage page = small_case();
  const Crop crop{{7, 3, 10}, {8, 5, 11}, 1};
  const std::string scan = gunzipped(bytes_of(scan_file(page, crop, ScanDepth::sixteen_bits)));
  ASSERT_EQ(scan.size(), 352u + 2 * 8 * 5 * 11);
  EXPECT_EQ(at<int32_t>(scan, 0), 348);
  EXPECT_EQ(scan.substr(344, 4), std::string("n+1\0", 4));
  EXPECT_EQ(at<int16_t>(scan, 42), 8);
  EXPECT_EQ(at<int16_t>(scan, 46), 11);
  EXPECT_EQ(at<int16_t>(scan, 70), 4) << "int16";
  EXPECT_EQ(at<float>(scan, 84), 20) << "spacing along y";
  // Voxel (7, 3, 10) is at LPS (170, 10, 57): RAS (-170, -10, 57).
  EXPECT_EQ(at<float>(scan, 280), -10);
  EXPECT_EQ(at<float>(scan, 292), -170);
  EXPECT_EQ(at<float>(scan, 308), -10);
  EXPECT_EQ(at<float>(scan, 324), 57);
  size_t place = 352;
  for (int64_t z = 10; z < 21; ++z) {
    for (int64_t y = 3; y < 8; ++y) {
      for (int64_t x = 7; x < 15; ++x, place += 2)
        EXPECT_EQ(at<int16_t>(scan, place), page.scan.voxels[(z * 10 + y) * 20 + x]);
    }
  }
  const std::string label = gunzipped(bytes_of(label_file(*page.label, crop)));
  ASSERT_EQ(label.size(), 352u + 8 * 5 * 11);
  EXPECT_EQ(at<int16_t>(label, 68), 1002) << "a label map";
  EXPECT_EQ(label[352 + (5 * 5 + 2) * 8 + 3], 1);
  EXPECT_EQ(std::count(label.begin() + 352, label.end(), 0), 8 * 5 * 11 - 1);
}

TEST(CaseVolumes, KeepFractionsWithinAStepAndSkipVoxelsWhenAsked) {
  CasePage page = small_case();
  for (float& value : page.scan.voxels) value = value * 0.01F;
  const Crop crop{{0, 0, 0}, {20, 10, 30}, 2};
  const std::string scan = gunzipped(bytes_of(scan_file(page, crop, ScanDepth::sixteen_bits)));
  ASSERT_EQ(scan.size(), 352u + 2 * 10 * 5 * 15);
  const double slope = at<float>(scan, 112), intercept = at<float>(scan, 116);
  EXPECT_EQ(at<float>(scan, 80), 20) << "every second voxel of 10 mm";
  for (size_t i = 0; i < 10; ++i)
    EXPECT_NEAR(slope * at<int16_t>(scan, 352 + 2 * i) + intercept, page.scan.voxels[2 * i], slope);
}

TEST(CaseVolumes, ShowDifferencesAndTheFacesOfPatches) {
  const Geometry grid = grid_of({4, 1, 1});
  const auto line = [&](std::vector<uint8_t> voxels) {
    return LabelVolume{grid, std::move(voxels)};
  };
  EXPECT_EQ(difference_map(line({0, 1, 0, 1}), line({0, 0, 2, 2})).voxels,
            (std::vector<uint8_t>{0, 1, 2, 3}));
  const LabelVolume faces = outline_map(grid_of({5, 5, 5}), {{{1, 1, 1}, {3, 3, 3}}});
  EXPECT_EQ(std::count(faces.voxels.begin(), faces.voxels.end(), 1), 26) << "all but the centre";
  EXPECT_EQ(faces.voxels[static_cast<size_t>(faces.index(2, 2, 2))], 0);
  const LabelVolume clipped = outline_map(grid_of({2, 2, 2}), {{{-1, 0, 0}, {9, 1, 1}}});
  EXPECT_EQ(std::count(clipped.voxels.begin(), clipped.voxels.end(), 1), 2);
}

nlohmann::json data_in(const std::string& html) {
  const std::string head = "id=\"case\">";
  const size_t first = html.find(head) + head.size();
  return nlohmann::json::parse(html.substr(first, html.find("</script>", first) - first));
}

TEST(CasePage, HoldsViewerVolumesAndClassesAndLoadsNothing) {
  const std::string html = render_case_page(small_case());
  EXPECT_EQ(html, render_case_page(small_case()));
  EXPECT_THAT(html, HasSubstr("default-src 'none'"));
  EXPECT_THAT(html, HasSubstr("<h1>Case &lt;/script&gt; 7</h1>"));
  EXPECT_THAT(html, HasSubstr("BSD 2-Clause License"));
  EXPECT_GT(viewer_script().size(), 2000000u);
  EXPECT_GT(html.size(), viewer_script().size());
  EXPECT_THAT(html, Not(HasSubstr("<script src")));
  const nlohmann::json data = data_in(html);
  std::vector<std::string> kinds;
  for (const auto& volume : data.at("volumes")) kinds.push_back(volume.at("kind"));
  EXPECT_EQ(kinds,
            (std::vector<std::string>{"scan", "label", "prediction", "difference", "patches"}));
  EXPECT_EQ(data.at("classes")[1].at("name"), "<spleen>");
  // One voxel of 10 x 20 x 5 mm is 1 ml.
  EXPECT_THAT(html, HasSubstr("liver</th><td class=\"value\">1.0</td><td class=\"value\">0.250</td>"
                              "<td class=\"value\">0.500</td><td class=\"value\">0.0</td></tr>"));
  EXPECT_THAT(html,
              HasSubstr("&lt;spleen&gt;</th><td class=\"value\">0.0</td><td class=\"value\">—</td>"
                        "<td class=\"value\">—</td><td class=\"value\">1.0</td></tr>"));
}

TEST(CasePage, GetsCoarserRatherThanTooLarge) {
  CasePage page = small_case();
  page.scan.geometry = grid_of({64, 64, 64});
  page.scan.voxels.clear();
  uint32_t state = 1;
  for (int64_t i = 0; i < page.scan.geometry.voxel_count(); ++i) {
    state = state * 1664525U + 1013904223U;
    page.scan.voxels.push_back(static_cast<float>(state >> 20U));  // noise does not deflate
  }
  page.label = labels_of(page.scan.geometry, {{{0, 0, 0}, 1}, {{63, 63, 63}, 1}});
  page.predictions.clear();
  page.window_low = 0;
  page.window_high = 4095;
  const size_t whole = render_case_page(page).size();
  EXPECT_THAT(render_case_page(page), Not(HasSubstr("256 steps")));
  const std::string small = render_case_page(page, whole - 100000);
  EXPECT_THAT(small, HasSubstr("256 steps"));
  EXPECT_LE(small.size(), whole - 100000);
  const std::string smaller = render_case_page(page, viewer_script().size() + 250000);
  EXPECT_THAT(smaller, HasSubstr("Not every voxel is shown."));
  EXPECT_LE(smaller.size(), viewer_script().size() + 250000);
}

TEST(CasePage, RefusesVolumesOfAnotherSize) {
  CasePage page = small_case();
  page.predictions[0].classes = labels_of(grid_of({2, 2, 2}), {});
  testing::expect_error<ShapeError>([&] { render_case_page(page); },
                                    {"NMSW (k=5)", "another size"});
}

}  // namespace
}  // namespace nmsw::reporting
