#include "reporting/sections/sections.h"

#include <array>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "reporting/render.h"
#include "reporting/settings_difference.h"
#include "tests/reporting/score_database.h"

namespace nmsw::reporting {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;
using testing::ScoreDatabase;
using testing::word_unet;

SectionInput input_of(const ScoreDatabase& database) { return {database.store(), {"made"}, false}; }

/// Eight cases whose mean in every class is `mean`.
ScoreDatabase::Scores around(double mean) {
  return [mean](int i, int c) {
    constexpr std::array<double, 4> kOffsets{-0.001, 0, 0.001, 0};
    return mean + kOffsets[static_cast<size_t>((i * 3 + c) % 4)];
  };
}

TEST(Table1Section, PutsAMeasurementIntoThePapersColumnOnlyOnItsDeviceAndVolume) {
  ScoreDatabase database;
  database.profile({"unet", "sliding_window", "", 0, 120, 480});
  database.profile({"unet", "sliding_window", "", 0, 1.5, 96});
  database.profile({"mednext", "sliding_window", "", 0, 40, 480, "cuda", "NVIDIA H100 80GB HBM3"});
  database.profile({"mednext", "sliding_window", "", 0, 30, 480, "cuda", "NVIDIA H200"});
  const Section section = table_1_section(input_of(database));
  ASSERT_EQ(section.tables.size(), 1u);
  const std::string markdown = render_markdown(section.tables[0]);
  EXPECT_THAT(
      markdown,
      HasSubstr(
          "| Backbone | H100 (s) | paper | Δ | A100 (s) | paper | Δ | Xeon Gold (s) | paper "
          "| Δ | Intel(R) Xeon(R) Gold 6338, 96x96x96 (s) | NVIDIA H200, 480x480x480 (s) |\n"));
  EXPECT_THAT(markdown, HasSubstr("| UNet | not run | 4.58 | — | not run | 7.93 | — | 120 | 135 | "
                                  "−15 | 1.50 | not run |\n"));
  EXPECT_THAT(markdown, HasSubstr("| Swin-UNETR | not run | 24.4 |"));
  EXPECT_THAT(markdown, HasSubstr("| MedNeXt | 40.0 | 32.2 | +7.8 | not run | 53.2 | — | not run | "
                                  "1720 | — | not run | 30.0 |\n"));
}

TEST(SpeedSection, DrawsAStackForEveryMethod) {
  ScoreDatabase database;
  database.profile({"unet", "sliding_window", "", 0, 120});
  database.profile({"unet", "nmsw", "30", 0, 20});
  const Section section = speed_section(input_of(database));
  ASSERT_EQ(section.figures.size(), 1u);
  ASSERT_EQ(section.figures[0].panels.size(), 1u);
  const Panel& panel = section.figures[0].panels[0];
  EXPECT_EQ(panel.x_ticks, (std::vector<std::string>{"SW", "NMSW (k=30)"}));
  ASSERT_EQ(panel.series.size(), 2u) << "the total is no stage";
  EXPECT_EQ(panel.series[0].name, "local");
  EXPECT_EQ(panel.series[0].points[1], (std::pair<double, double>(1, 15)));
  EXPECT_EQ(panel.series[1].points[0], (std::pair<double, double>(0, 30)));
}

TEST(TopKSection, PutsTheGridBesideThePapersBars) {
  ScoreDatabase database(2);
  database.evaluate(word_unet("nmsw", "5"), [](int, int) { return 0.83; });
  database.evaluate(word_unet("nmsw", "5", "off"), [](int, int) { return 0.82; });
  database.evaluate(word_unet("zoom_out"), [](int, int) { return 0.81; });
  const Section section = top_k_section(input_of(database));
  ASSERT_EQ(section.tables.size(), 2u);
  const std::string markdown = render_markdown(section.tables[0]);
  EXPECT_THAT(
      markdown,
      HasSubstr("| UNet | WORD | NMSW with c_w | not run | 0.797 | — | not run | 0.815 | — | "
                "0.830 | 0.824 | +0.006 | not run | 0.837 |"));
  EXPECT_THAT(markdown, HasSubstr("| UNet | WORD | NMSW without c_w | not run | 0.798 |"));
  EXPECT_THAT(markdown, HasSubstr("| UNet | WORD | RF | not run | — | — | not run | 0.773 |"));
  EXPECT_THAT(markdown, HasSubstr("| UNet | WORD | Zoom-out | — | — | — | — | — | — | — | — | — | "
                                  "0.810 | 0.840 | −0.030 |\n"))
      << "zoom-out has no k";
}

TEST(VariantsSection, SaysWhichChangesMatter) {
  ScoreDatabase database;
  const std::string plain = R"({"model":{"estimator":"paper","tau":2.0},"data":{"fit":null}})";
  const std::string authors =
      R"({"model":{"estimator":"authors","tau":2.0},"data":{"fit":[480,480,288]}})";
  database.evaluate(word_unet("nmsw", "30"), around(0.84), 0, plain);
  database.evaluate(word_unet("nmsw", "30", "on", "estimator=authors"), around(0.8402), 0,
                    R"({"model":{"estimator":"authors","tau":2.0},"data":{"fit":null}})");
  database.evaluate(word_unet("nmsw", "30", "off", "preset=authors"), around(0.80), 0, authors);
  const Section section = variants_section(input_of(database));
  ASSERT_EQ(section.tables.size(), 2u);
  const std::string changes = render_markdown(section.tables[0]);
  EXPECT_THAT(changes,
              HasSubstr("| WORD | UNet | NMSW (k=30) | estimator=authors | 0.840 | 0.845 |"));
  EXPECT_THAT(changes, HasSubstr("| does not matter |\n"));
  EXPECT_THAT(
      changes,
      HasSubstr(
          "| preset=authors | 0.840 | 0.845 | −0.005 | 0.800 | 0.845 | −0.045 | −0.040 | −0.040 "
          "| −0.040 | 0.0078 | matters: worse |\n"))
      << "compared with the row with class weights";
  const std::string settings = render_markdown(section.tables[1]);
  EXPECT_THAT(settings, HasSubstr("| preset=authors | model.estimator | paper | authors |\n"));
  EXPECT_THAT(settings, HasSubstr("| preset=authors | data.fit | null | [480,480,288] |\n"));
  EXPECT_THAT(settings, Not(HasSubstr("model.tau")));
}

TEST(ComparisonSection, HasThePapersRowsOnly) {
  ScoreDatabase database;
  database.evaluate(word_unet("nmsw", "30"), around(0.84));
  database.evaluate(word_unet("nmsw", "30", "on", "preset=authors"), around(0.80));
  for (const char* k : {"1", "10", "50"}) database.evaluate(word_unet("nmsw", k), around(0.84));
  database.evaluate({"word", "unet", sliding_window_of_nmsw_key()}, around(0.84));
  database.evaluate({"word", "unet", random_order_key("5")}, around(0.84));
  const Section section = comparison_section(input_of(database));
  ASSERT_FALSE(section.tables.empty());
  EXPECT_EQ(without_extra_rows(section.tables[0]).rows.size(), 21u);
  EXPECT_EQ(section.tables[0].rows.size(), 24u) << "k 1, 10 and 50 behind the switch";
  for (const Row& row : section.tables[0].rows) {
    for (const Cell& cell : row.cells) EXPECT_FALSE(row.is_extra && cell.mark != Mark::none);
  }
}

/// Case 0 has both classes, the others the first alone: the mean over classes is (0.8 + 0.4) / 2,
/// pooled it is (8·0.8 + 0.4) / 9.
TEST(ComparisonSection, TakesTheDifferenceFromThePooledScoreOfRealCases) {
  for (const char* source : {"real", "phantom"}) {
    ScoreDatabase database;
    database.evaluate(
        word_unet("sliding_window"),
        [](int i, int c) -> std::optional<double> {
          if (c == 1) return 0.8;
          return i == 0 ? std::optional<double>(0.4) : std::nullopt;
        },
        0,
        std::string(R"({"data":{"source":")") + source +
            R"(","descriptor":{"patch_xyz":[128,128,128],)"
            R"("preprocessing":{"spacing_xyz_mm":[1.0,1.0,3.0]}}}})");
    const std::string markdown = render_markdown(comparison_section(input_of(database)).tables[0]);
    EXPECT_THAT(markdown, HasSubstr(source == std::string("real")
                                        ? "| UNet | SW (gold standard) | 0.600 | 0.852 | −0.096 |"
                                        : "| UNet | SW (gold standard) | 0.600 | (0.852) | — |"));
    EXPECT_THAT(markdown, HasSubstr("pooled over all pairs of a case and a class"));
  }
}

/// NMSW's local network is 0.01 better in the sliding window, the global network adds 0.03, the
/// choice 0.02 at k = 5.
TEST(DecompositionSection, SubtractsRowsThatDifferInOneThing) {
  ScoreDatabase database;
  for (const char* dataset : {"word", "totalsegmentator_organ"}) {
    database.evaluate({dataset, "unet", sliding_window_key()}, around(0.80));
    database.evaluate({dataset, "unet", sliding_window_of_nmsw_key()}, around(0.81));
    database.evaluate({dataset, "unet", nmsw_key("full")}, around(0.84));
    database.evaluate({dataset, "unet", nmsw_key("5")}, around(0.70));
    database.evaluate({dataset, "unet", random_order_key("5")}, around(0.68));
  }
  const Section section = decomposition_section(input_of(database));
  ASSERT_EQ(section.tables.size(), 1u) << "no steps are stored";
  const std::string markdown = render_markdown(section.tables[0]);
  EXPECT_THAT(markdown, HasSubstr("| extra steps | SW with NMSW's local network − SW | UNet | WORD "
                                  "| 0.010 | 0.010 | 0.010 | 8 |\n"));
  EXPECT_THAT(markdown, HasSubstr("− SW with NMSW's local network | all | all | 0.030 | 0.030 | "
                                  "0.030 | 16 |\n"));
  EXPECT_THAT(markdown, HasSubstr("| choice, k=5 |"));
  EXPECT_THAT(markdown, HasSubstr("| all | all | 0.020 |"));
}

TEST(DecompositionSection, SaysNothingWithoutTheControls) {
  ScoreDatabase database;
  database.evaluate(word_unet("sliding_window"), around(0.80));
  EXPECT_TRUE(decomposition_section(input_of(database)).tables.empty());
}

TEST(TopKSection, LeavesTheControlsOut) {
  ScoreDatabase database;
  database.evaluate(word_unet("nmsw", "5"), around(0.7));
  database.evaluate({"word", "unet", random_order_key("5")}, around(0.6));
  for (const Table& table : top_k_section(input_of(database)).tables)
    EXPECT_THAT(render_markdown(table), Not(HasSubstr("random order")));
  EXPECT_TRUE(variants_section(input_of(database)).tables.empty());
}

TEST(MacsSection, ComparesCountsOfThePapersSizeOnly) {
  ScoreDatabase database;
  database.profile({"unet", "sliding_window", "", 1e12, 0, 96});
  database.profile({"unet", "nmsw", "30", 5.85e12, 0, 480});
  const std::string markdown = render_markdown(macs_section(input_of(database)).tables.at(0));
  EXPECT_THAT(markdown,
              HasSubstr("| paper's size, closed forms | UNet | SW (gold standard) | 63.2 |"));
  EXPECT_THAT(markdown,
              HasSubstr("| profile 96x96x96 | UNet | SW (gold standard) | 1.00 | (63.2) | — |"));
  EXPECT_THAT(markdown,
              HasSubstr("| profile 480x480x480 | UNet | NMSW (k=30) | 5.85 | 5.85 | 0.00 |"));
}

TEST(ComparisonSection, MarksNoRankInsideNoise) {
  ScoreDatabase database;
  database.evaluate(word_unet("sliding_window"), around(0.85));
  database.evaluate(word_unet("nmsw", "full"),
                    [](int i, int) { return 0.852 + (i % 2 == 0 ? 0.02 : -0.02); });
  database.evaluate(word_unet("nmsw", "30"), around(0.80));
  const std::string markdown = render_markdown(comparison_section(input_of(database)).tables[0]);
  EXPECT_THAT(markdown, HasSubstr("| UNet | SW (gold standard) | 0.850 | 0.852 |"));
  EXPECT_THAT(markdown, HasSubstr("| UNet | NMSW (k=full) | 0.852 | 0.852 |"));
  EXPECT_THAT(markdown, HasSubstr("| UNet | NMSW (k=30) | *0.800* | 0.845 |"));
}

TEST(ComparisonSection, TestsTheGapToTheSlidingWindow) {
  ScoreDatabase database;
  database.evaluate(word_unet("sliding_window"), [](int, int) { return 0.85; });
  database.evaluate(word_unet("nmsw", "30"), [](int i, int) { return 0.85 - 0.01 * (i + 1); });
  const Section section = comparison_section(input_of(database));
  // Eight cases, all lower: the signed-rank test's p is 2 / 2⁸.
  EXPECT_THAT(render_markdown(section.tables.at(1)),
              HasSubstr("| WORD | UNet | NMSW (k=30) | −0.045 | −0.007 | −0.038 | −0.0"));
  EXPECT_THAT(render_markdown(section.tables.at(1)), HasSubstr("| 0.0078 |"));
}

TEST(SettingsDifference, ListsLeavesByPath) {
  const auto found = differing_leaves(R"({"a":{"b":1,"c":"x"},"k":["5"],"d":[1,2]})",
                                      R"({"a":{"b":1.5,"c":"x"},"k":["30"],"d":[1,3],"e":true})");
  ASSERT_EQ(found.size(), 3u);
  EXPECT_EQ(found[0].setting + ": " + found[0].plain + " → " + found[0].changed, "a.b: 1 → 1.5");
  EXPECT_EQ(found[1].setting + ": " + found[1].plain + " → " + found[1].changed,
            "d: [1,2] → [1,3]");
  EXPECT_EQ(found[2].setting + ": " + found[2].plain + " → " + found[2].changed,
            "e: absent → true");
}

}  // namespace
}  // namespace nmsw::reporting
