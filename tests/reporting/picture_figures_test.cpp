#include <gtest/gtest.h>

#include "nmsw/base/atomic_file.h"
#include "nmsw/base/base64.h"
#include "nmsw/base/png.h"
#include "reporting/csv.h"
#include "reporting/palette.h"
#include "reporting/picture.h"
#include "reporting/report/report.h"
#include "reporting/sections/sections.h"
#include "reporting/svg_figure.h"
#include "tests/support/temporary_folder.h"

namespace nmsw::reporting {
namespace {

using nmsw::testing::TemporaryFolder;
using namespace nmsw::results;

TaskRecord task_of(const std::string& kind, const std::string& method, const std::string& k) {
  TaskRecord task;
  task.key = kind + method + k;
  task.kind = kind;
  task.experiment = "pictures";
  task.dataset = "word";
  task.backbone = "unet";
  task.method = kind == "train" ? "" : method;
  task.scheme = kind == "train" ? method : "";
  task.k = k;
  task.cases_expected = kind == "evaluate" ? 2 : 0;
  return task;
}

MetricValue dsc_of(const std::string& k, const std::string& case_id, int64_t index, double value) {
  MetricValue row;
  row.case_id = case_id;
  row.class_index = index;
  row.class_name = index == 1 ? "liver" : "spleen";
  row.metric = "dsc";
  row.value = value;
  row.policy = "monai";
  row.geometry = "original";
  row.k = k;
  return row;
}

/// Planes of 2x2 pixels through a case of 4x4x8 voxels of 1x1x2 mm.
std::vector<CaseSlice> planes_of(const std::vector<uint8_t>& prediction, const std::string& k) {
  CaseSlice axial{"a",          "axial",    3, {4, 4, 8}, {1, 1, 2}, 2, 2, {0, 255, 0, 0},
                  {1, 0, 0, 0}, prediction, k};
  CaseSlice coronal = axial;
  coronal.plane = "coronal";
  coronal.position = 0;
  return {axial, coronal};
}

/// Two cases. NMSW gains 0.3 in the liver and 0.1 in the spleen at k = 5, RF 0.1 and 0; zoom-out
/// 0.2 in the liver.
class PictureFigures : public ::testing::Test {
 protected:
  void SetUp() override {
    store_.add_experiment("pictures", "experiment: pictures", "cc");
    const std::vector<TaskRecord> tasks{
        task_of("train", "nmsw", ""), task_of("evaluate", "nmsw", "5,full"),
        task_of("evaluate", "random_foreground", "5"), task_of("evaluate", "zoom_out", ""),
        task_of("evaluate", "sliding_window", "")};
    store_.add_tasks(tasks);
    const std::vector<TaskResult> results{training(), nmsw(), random_foreground(), zoom_out(),
                                          sliding_window()};
    for (size_t i = 0; i < tasks.size(); ++i) {
      EXPECT_EQ(store_.finish(store_.claim("w", 60, {tasks[i].key}).value(), {}, results[i]),
                Written::stored);
    }
  }
  static TaskResult training() {
    TaskResult result;
    for (const int64_t epoch : {0, 9}) {
      SelectionMap map;
      map.epoch = epoch;
      map.case_id = "v";
      map.counts_xyz = {2, 1, 2};
      map.log_probability = {-3, -1, -90, -2};  // the third patch is masked
      map.picks = {{"v", 0, 1, -1.0, {2, 0, 0}, {2, 4, 4}}};
      result.selection_maps.push_back(map);
    }
    result.slices = planes_of({}, "");
    return result;
  }
  static TaskResult nmsw() {
    TaskResult result;
    result.metrics = {dsc_of("5", "a", 1, 0.9),      dsc_of("5", "b", 1, 0.7),
                      dsc_of("5", "a", 2, 0.6),      dsc_of("full", "a", 1, 1.0),
                      dsc_of(kGlobalK, "a", 1, 0.6), dsc_of(kGlobalK, "b", 1, 0.4),
                      dsc_of(kGlobalK, "a", 2, 0.5)};
    for (int64_t rank = 0; rank < 7; ++rank)
      result.patch_picks.push_back({"a", rank, rank, 0.0, {0, 0, rank}, {4, 4, 1}});
    result.slices = planes_of({0, 0, 0, 2}, "5");
    return result;
  }
  static TaskResult random_foreground() {
    TaskResult result;
    result.metrics = {dsc_of("5", "a", 1, 0.7), dsc_of("5", "a", 2, 0.5),
                      dsc_of(kGlobalK, "a", 1, 0.6), dsc_of(kGlobalK, "a", 2, 0.5)};
    return result;
  }
  static TaskResult zoom_out() {
    TaskResult result;
    result.metrics = {dsc_of("", "a", 1, 0.8), dsc_of(kGlobalK, "a", 1, 0.6)};
    return result;
  }
  static TaskResult sliding_window() {
    TaskResult result;
    result.metrics = {dsc_of("", "a", 1, 0.9), dsc_of("", "a", 2, 0.9)};
    result.slices = planes_of({1, 0, 0, 0}, "");
    return result;
  }
  SectionInput input() const { return {store_, {"pictures"}, false}; }

  TemporaryFolder folder_;
  ResultStore store_ = ResultStore::open(folder_ / "r.sqlite");
};

TEST_F(PictureFigures, GainIsDrawnForThePapersKAndListedForEveryMethod) {
  const Section section = organ_gain_section(input());
  ASSERT_EQ(section.figures.size(), 1u);
  ASSERT_EQ(section.figures[0].panels.size(), 1u);
  const Panel& panel = section.figures[0].panels[0];
  EXPECT_EQ(panel.title, "WORD, UNet");
  EXPECT_EQ(panel.x_ticks, (std::vector<std::string>{"liver", "spleen"}));
  ASSERT_EQ(panel.series.size(), 2u);
  EXPECT_EQ(panel.series[0].name, "RF (k=5)");
  EXPECT_EQ(panel.series[1].name, "NMSW (k=5)");
  EXPECT_NEAR(panel.series[0].points[0].second, 0.1, 1e-12);
  EXPECT_NEAR(panel.series[1].points[0].second, 0.3, 1e-12);
  EXPECT_NEAR(panel.series[1].points[1].second, 0.1, 1e-12);

  ReportOptions options;
  options.out = folder_ / "report";
  write_report(store_, options);
  const std::string csv = read_file(options.out / "organ_gain.csv");
  const auto rows = parse_csv(csv, "organ_gain.csv");
  ASSERT_EQ(rows.size(), 5u) << csv;
  EXPECT_EQ(rows[0].at("method"), "Zoom-out");
  EXPECT_NEAR(std::stod(rows[0].at("gain")), 0.2, 1e-12);
  EXPECT_EQ(rows[3].at("method"), "NMSW (k=5)");
  EXPECT_NEAR(std::stod(rows[3].at("dsc_global")), 0.5, 1e-12);
  const std::string markdown = read_file(options.out / "organ_gain.md");
  EXPECT_NE(markdown.find("| WORD | UNet | NMSW (k=5) | liver | 0.500 | 0.800 | 0.300 |"),
            std::string::npos)
      << markdown;
}

TEST_F(PictureFigures, SelectionShowsAColumnAnEpochWithMapAndPlanes) {
  const Section section = selection_section(input());
  ASSERT_EQ(section.figures.size(), 1u);
  const Figure& figure = section.figures[0];
  EXPECT_EQ(figure.id, "selection_word_unet");
  EXPECT_EQ(figure.columns, 2u);
  ASSERT_EQ(figure.pictures.size(), 6u) << "map, axial and coronal plane of two epochs";
  EXPECT_EQ(figure.pictures[1].title, "after epoch 10");
  EXPECT_EQ(figure.picture_keys[0].text, "log p, -3.0 to -1.0");

  // Two slices of two cells beside each other: 8 pixels a cell, 4 between the slices. x = 1 is on
  // the left.
  const Picture& map = figure.pictures[0];
  ASSERT_EQ(map.columns, 36u);
  ASSERT_EQ(map.rows, 8u);
  EXPECT_EQ(map.pixels[0], rgb_of(scale_colour(1))) << "patch 1, the likeliest";
  EXPECT_EQ(map.pixels[8], rgb_of(scale_colour(0))) << "patch 0, the least likely";
  EXPECT_EQ(map.pixels[16], 0xffffffu) << "the gap";
  EXPECT_EQ(map.pixels[20], rgb_of(scale_colour(0.5))) << "patch 3";
  EXPECT_EQ(map.pixels[28], 0xbdbdbdu) << "patch 2 is masked";
  ASSERT_EQ(map.boxes.size(), 1u);
  EXPECT_EQ(map.boxes[0].left, 0);
  EXPECT_EQ(map.boxes[0].right, 8);

  // The patch spans x 2..3, all of y and z 0..3: on the left half of both planes. z 3 is inside, y
  // 0 as well.
  const Picture &axial = figure.pictures[2], &coronal = figure.pictures[4];
  ASSERT_EQ(axial.boxes.size(), 1u);
  EXPECT_FALSE(axial.boxes[0].is_dashed);
  EXPECT_EQ(axial.boxes[0].left, 0);
  EXPECT_EQ(axial.boxes[0].right, 2);
  EXPECT_EQ(axial.boxes[0].top, 4);
  EXPECT_EQ(coronal.height, 16) << "millimetres";
  EXPECT_EQ(coronal.boxes[0].top, 8);
}

TEST_F(PictureFigures, OverlaysShowTheLabelThenEveryMethodWithItsPatches) {
  const Section section = overlays_section(input());
  ASSERT_EQ(section.figures.size(), 1u);
  const Figure& figure = section.figures[0];
  EXPECT_EQ(figure.columns, 3u);
  ASSERT_EQ(figure.pictures.size(), 6u);
  EXPECT_EQ(figure.pictures[0].title, "Label");
  EXPECT_EQ(figure.pictures[1].title, "SW (gold standard)");
  EXPECT_EQ(figure.pictures[2].title, "NMSW (k=5)");
  EXPECT_TRUE(figure.pictures[1].boxes.empty());
  const Picture& nmsw = figure.pictures[2];
  ASSERT_EQ(nmsw.boxes.size(), 5u) << "of 7 picks those of k = 5";
  EXPECT_TRUE(nmsw.boxes[0].is_dashed);
  EXPECT_FALSE(nmsw.boxes[4].is_dashed) << "the one at z 3 lies on top";
  // Columns are mirrored: the label's class 1 at x 0 is the second pixel, over black; 0.6 of its
  // colour.
  const Rgb liver = rgb_of(class_colour(1));
  EXPECT_EQ(figure.pictures[0].pixels[0], 0xffffffu);
  EXPECT_EQ(shown_pixel(figure.pictures[0], 1), blended(liver, 0x000000, 0.6));
  EXPECT_EQ(shown_pixel(nmsw, 2), blended(rgb_of(class_colour(2)), 0x000000, 0.6));
  ASSERT_EQ(figure.picture_keys.size(), 4u);
  EXPECT_EQ(figure.picture_keys[2].text, "liver");
  EXPECT_EQ(figure.picture_keys[3].text, "spleen");
}

TEST(Overlays, ShowWhatAutoChoseWhereThePicksTellIt) {
  for (const auto& [counts, boxes] : {std::pair("1,auto", 7u), std::pair("auto,full", 0u)}) {
    const TemporaryFolder folder;
    ResultStore store = ResultStore::open(folder / "r.sqlite");
    store.add_experiment("pictures", "experiment: pictures", "cc");
    const TaskRecord task = task_of("evaluate", "nmsw", counts);
    store.add_tasks({task});
    TaskResult result;
    result.metrics = {dsc_of("auto", "a", 1, 0.9)};
    for (int64_t rank = 0; rank < 7; ++rank)
      result.patch_picks.push_back({"a", rank, rank, 0.0, {0, 0, rank}, {4, 4, 1}});
    result.slices = planes_of({0, 0, 0, 2}, "auto");
    ASSERT_EQ(store.finish(store.claim("w", 60, {task.key}).value(), {}, result), Written::stored);
    const Section section = overlays_section({store, {"pictures"}, false});
    ASSERT_EQ(section.figures.size(), 1u);
    const Picture& picture = section.figures[0].pictures.at(1);
    EXPECT_EQ(picture.title, "NMSW (k=auto)");
    EXPECT_EQ(picture.boxes.size(), boxes) << counts;
  }
}

TEST(Picture, BlendsColoursByShare) {
  EXPECT_EQ(rgb_of("#0072B2"), 0x0072b2u);
  EXPECT_EQ(blended(0xff0000, 0x0000ff, 1), 0xff0000u);
  EXPECT_EQ(blended(0x640000, 0x0000c8, 0.5), 0x320064u);
}

Figure checkerboard() {
  Picture picture;
  picture.title = "two by two";
  picture.columns = picture.rows = 2;
  picture.pixels = {0x000000, 0xffffff, 0xffffff, 0x0000ff};
  picture.width = 4;
  picture.height = 2;
  picture.boxes = {{1, 0.5, 2, 1.5, "#ff0000", true}};
  Figure figure;
  figure.id = "board";
  figure.title = "A board";
  figure.pictures = {picture};
  figure.picture_keys = {{"it's white", {0xffffff}, {}}};
  return figure;
}

TEST(PictureScript, CarriesItsPixelsBoxesAndLegend) {
  const std::string script = gnuplot_script(checkerboard(), "out.pdf");
  for (const char* line :
       {"$p0 << EOD\n1 0.5 0 0 0\n3 0.5 255 255 255\n1 1.5 255 255 255\n3 1.5 0 0 255\nEOD\n",
        "set xrange [0:4]\nset yrange [0:2]\n",
        "set object 1 rectangle from 1,0.5 to 2,1.5 front fillstyle empty border linecolor rgb "
        "'#ff0000' linewidth 1 dashtype (4,4)\n",
        "plot $p0 using 1:2:3:4:5 with rgbimage", "set label 1 'two by two' at screen",
        "set label 1 'it''s white' at screen", "fillcolor rgb '#ffffff'"}) {
    EXPECT_NE(script.find(line), std::string::npos) << line << "\n" << script;
  }
}

TEST(PictureScript, IsDrawnIntoOneFileAndTheSameAgain) {
  const TemporaryFolder first, second;
  const auto a = draw_pdf(checkerboard(), first.path());
  if (!a) GTEST_SKIP() << "gnuplot is not installed";
  const auto b = draw_pdf(checkerboard(), second.path());
  EXPECT_EQ(std::distance(std::filesystem::directory_iterator(first.path()), {}), 1);
  EXPECT_TRUE(read_file(*a) == read_file(*b));
}

TEST(SvgPictures, HoldPixelsClassesAndBoxes) {
  Figure figure = checkerboard();
  figure.pictures.push_back(figure.pictures[0]);
  figure.pictures[1].classes = {0, 1, 0, 0};
  const std::string svg = svg_figure(figure);
  const auto count = [&](const std::string& part) {
    size_t found = 0;
    for (size_t at = svg.find(part); at != std::string::npos; at = svg.find(part, at + 1)) ++found;
    return found;
  };
  EXPECT_EQ(count("href=\"data:image/png;base64,"), 2u) << "equal pixels are stored once";
  EXPECT_EQ(count("<use href=\"#board-0\""), 1u);
  EXPECT_EQ(count("class=\"over\""), 1u);
  EXPECT_EQ(count("class=\"patch\""), 2u);
  // Rows are turned: the last row of the picture is the first of the PNG.
  EXPECT_NE(
      svg.find(base64(palette_png_bytes(2, 2, {0, 1, 2, 0}, {0xffffffff, 0xff0000ff, 0xff000000}))),
      std::string::npos);
  // 4 by 2 over 220 px: the box from (1, 0.5) to (2, 1.5) is 55 px wide and high.
  EXPECT_NE(svg.find("width=\"55\" height=\"55\" fill=\"none\" stroke=\"#ff0000\""),
            std::string::npos)
      << svg;
}

}  // namespace
}  // namespace nmsw::reporting
