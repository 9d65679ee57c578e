#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <stdexcept>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "reporting/csv.h"
#include "reporting/render.h"
#include "reporting/report/catalog.h"
#include "reporting/rows.h"
#include "reporting/sections/sections.h"
#include "reporting/stage_times.h"
#include "tests/reporting/judged_orders.h"

namespace nmsw::reporting {
namespace {

using testing::by_turns;
using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using testing::kOfPatients;
using testing::kOfPhantoms;
using testing::level;
using ::testing::Not;
using testing::order_named;
using testing::ScoreDatabase;
using ::testing::SizeIs;
using testing::word_unet;

SectionInput one_experiment(const ScoreDatabase& database) {
  return {database.store(), {"made"}, false};
}

const Table& table_named(const Section& section, const std::string& id) {
  const auto found = std::find_if(section.tables.begin(), section.tables.end(),
                                  [&](const Table& table) { return table.id == id; });
  if (found == section.tables.end()) throw std::runtime_error("no table " + id);
  return *found;
}

ScoreCell entropy_coverage(const std::string& k) {
  return word_unet("nmsw", k, "on", "order=coverage,gain=entropy,discount=0.5");
}

std::vector<std::string> orders_in(const std::vector<CsvRecord>& rows) {
  std::vector<std::string> orders;
  for (const CsvRecord& row : rows) orders.push_back(row.at("order"));
  return orders;
}

double number(const CsvRecord& row, const std::string& column) {
  return std::strtod(row.at(column).c_str(), nullptr);
}

/// Eight cases of WORD with the UNet. SW 0.85. Learned 0.70, 0.845 and 0.86 for k = 1, 3 and full,
/// by turns 0.01 up and down; two draws of random whose means are 0.60 and 0.80; coverage 0.72 and
/// 0.79. MACs: SW 200, NMSW 20, 50 and 180.
class ChoiceSection : public ::testing::Test {
 protected:
  ChoiceSection() {
    database_.evaluate({"word", "unet", sliding_window_key()}, level(0.85), 0, kOfPhantoms, "",
                       200);
    learned("1", 0.70, 20);
    learned("3", 0.845, 50);
    learned("full", 0.86, 180);
    for (const auto& [k, mean] : {std::pair("1", 0.60), std::pair("3", 0.80)}) {
      database_.evaluate({"word", "unet", random_order_key(k)}, level(mean - 0.1), 0, kOfPhantoms);
      database_.evaluate(word_unet("nmsw", k, "on", "order=random_foreground,draw=1"),
                         level(mean + 0.1), 0, kOfPhantoms);
    }
    database_.evaluate(entropy_coverage("1"), level(0.72), 0, kOfPhantoms);
    database_.evaluate(entropy_coverage("3"), level(0.79), 0, kOfPhantoms);
  }
  void learned(const std::string& k, double mean, double macs) {
    database_.evaluate({"word", "unet", nmsw_key(k)}, by_turns(mean), 0, kOfPhantoms, "", macs);
  }
  void add_oracle() {
    for (const char* k : {"1", "3"})
      database_.evaluate({"word", "unet", order_key(order_named(PatchOrder::oracle), k)},
                         level(0.9), 0, kOfPhantoms);
  }
  Section section() const { return choice_section(one_experiment(database_)); }
  std::vector<CsvRecord> rows_of(const std::string& id) const {
    return parse_csv(render_csv(table_named(section(), id)), id);
  }
  ScoreDatabase database_;
};

TEST_F(ChoiceSection, HasARowForEveryOrderBesideTheRandomOne) {
  const auto rows = rows_of("choice_word_unet");
  ASSERT_THAT(orders_in(rows),
              ElementsAre("learned order", "coverage (entropy, discount 0.5)", "random foreground"))
      << "no oracle is run";
  EXPECT_NEAR(number(rows[0], "k_1_dsc"), 0.70, 1e-9);
  EXPECT_NEAR(number(rows[0], "k_1_gain"), 0.10, 1e-9);
  // 97.5 % quantile of Student's t with 7 degrees of freedom, times 0.01·√(8/7)/√8.
  const double reach = 2.364624 * 0.01 / std::sqrt(7.0);
  EXPECT_NEAR(number(rows[0], "k_1_low"), 0.10 - reach, 1e-6);
  EXPECT_NEAR(number(rows[0], "k_1_high"), 0.10 + reach, 1e-6);
  EXPECT_NEAR(number(rows[1], "k_3_gain"), -0.01, 1e-9);
  EXPECT_NEAR(number(rows[2], "k_3_dsc"), 0.80, 1e-9) << "the mean of its draws";
  EXPECT_EQ(rows[2].at("k_3_gain"), "") << "the random order itself";
  EXPECT_NEAR(number(rows[0], "k_full_dsc"), 0.86, 1e-9);
  EXPECT_EQ(rows[0].at("k_full_gain"), "") << "no random order of all patches";
  const Section whole = section();
  EXPECT_THAT(table_named(whole, "choice_word_unet").notes,
              Contains(HasSubstr("Means of several draws: random foreground (2).")));
  EXPECT_THAT(table_named(whole, "choice_word_unet").notes,
              Contains(HasSubstr("mean DSC of 0.850")));
}

TEST_F(ChoiceSection, PutsTheOracleFirst) {
  add_oracle();
  EXPECT_EQ(orders_in(rows_of("choice_word_unet")).front(), "oracle");
  EXPECT_EQ(section().figures.at(0).panels.at(0).series.front().name, "oracle");
  for (const CsvRecord& row : rows_of("choice_verdicts")) EXPECT_NE(row.at("other"), "oracle");
}

TEST_F(ChoiceSection, DrawsALineForEveryOrderAndTheWindowAsALevel) {
  const Section whole = section();
  ASSERT_THAT(whole.figures, SizeIs(1));
  ASSERT_THAT(whole.figures[0].panels, SizeIs(1));
  const Panel& panel = whole.figures[0].panels[0];
  EXPECT_EQ(panel.x_ticks, (std::vector<std::string>{"1", "3", "full"}));
  ASSERT_THAT(panel.series, SizeIs(4));
  EXPECT_EQ(panel.series[0].name, "learned order");
  EXPECT_EQ(panel.series[2].name, "random foreground");
  ASSERT_THAT(panel.series[2].points, SizeIs(2));
  EXPECT_EQ(panel.series[2].points[1].first, 1);
  EXPECT_NEAR(panel.series[2].points[1].second, 0.80, 1e-9);
  EXPECT_EQ(panel.series[3].name, "SW");
  EXPECT_EQ(panel.series[3].style, SeriesStyle::line);
  EXPECT_NEAR(panel.series[3].points.front().second, panel.series[3].points.back().second, 0);
  EXPECT_NEAR(panel.series[3].points.front().second, 0.85, 1e-9);
}

TEST_F(ChoiceSection, SaysWhichOrdersTheLearnedOneBeats) {
  const auto rows = rows_of("choice_verdicts");
  ASSERT_THAT(rows, SizeIs(4));
  EXPECT_EQ(rows[0].at("data") + ", " + rows[0].at("backbone") + ", " + rows[0].at("other"),
            "phantoms, UNet, coverage (entropy, discount 0.5)");
  EXPECT_EQ(rows[0].at("k"), "1");
  EXPECT_NEAR(number(rows[0], "dsc"), -0.02, 1e-9);
  EXPECT_EQ(rows[0].at("verdict"), "does not hold, of these trained networks, on phantoms (WORD)");
  EXPECT_EQ(rows[1].at("verdict"), "holds, of these trained networks, on phantoms (WORD)");
  EXPECT_THAT(
      section().paragraphs,
      Contains("On phantoms, UNet: the learned order beats coverage (entropy, discount 0.5) "
               "at k = 1: does not hold; at k = 3: holds. It beats random foreground at "
               "k = 1, 3: holds."));
}

TEST_F(ChoiceSection, SaysWhatEachOrderIs) {
  EXPECT_THAT(section().paragraphs.front(),
              HasSubstr("Coverage (entropy, discount 0.5): one by one, the patch that adds most "
                        "entropy; what is covered already counts 0.5 times as much."));
  EXPECT_THAT(section().paragraphs.front(), HasSubstr("Learned order: by NMSW's trained"));
  EXPECT_THAT(section().paragraphs.front(), Not(HasSubstr("Oracle")));
}

TEST_F(ChoiceSection, FindsTheFewestPatchesThatAreEnough) {
  auto rows = rows_of("choice_reach");
  ASSERT_THAT(rows, SizeIs(3));
  EXPECT_EQ(rows[0].at("k_sw"), "3") << "0.845 is at most 0.01 below 0.85";
  EXPECT_NEAR(number(rows[0], "macs_sw"), 25, 1e-9);
  EXPECT_EQ(rows[0].at("k_full"), "full") << "0.845 is more than 0.01 below 0.86";
  EXPECT_NEAR(number(rows[0], "macs_full"), 90, 1e-9);
  EXPECT_EQ(rows[2].at("k_sw"), "none");
  EXPECT_EQ(rows[2].at("macs_sw"), "");
}

TEST_F(ChoiceSection, LeavesTheFewestPatchesOpenWhereSmallerOnesAreNotDone) {
  database_.plan({"word", "unet", nmsw_key("2")}, 0, kOfPhantoms);
  EXPECT_EQ(rows_of("choice_reach")[0].at("k_sw"), "3 or less");
  EXPECT_EQ(rows_of("choice_word_unet")[0].at("k_2_dsc"), "");
  EXPECT_THAT(rows_of("choice_word_unet")[0].at("incomplete"), HasSubstr("k_2_dsc: 0/8 cases"));
}

TEST_F(ChoiceSection, WarnsOfDifferentData) {
  const std::string config =
      R"({"data":{"source":"phantom","fit":1,"descriptor":{"name":"word"}}})";
  database_.evaluate({"word", "unet", nmsw_key("5")}, level(0.7), 0, config, "aaaa");
  database_.evaluate({"word", "unet", random_order_key("5")}, level(0.6), 0, config, "bbbb");
  EXPECT_THAT(table_named(section(), "choice_word_unet").notes,
              Contains(HasSubstr("DIFFERENT DATA")));
}

TEST(ChoiceSectionOfOneCase, HasMeansButNoInterval) {
  ScoreDatabase database(1, 2);
  database.evaluate({"word", "unet", nmsw_key("5")}, level(0.9));
  database.evaluate({"word", "unet", random_order_key("5")}, level(0.4));
  const Section section = choice_section(one_experiment(database));
  const std::string markdown = render_markdown(table_named(section, "choice_word_unet"));
  EXPECT_THAT(markdown, HasSubstr("| learned order | 0.900 | 0.500 | 1 case | 1 case |"));
  EXPECT_THAT(render_markdown(table_named(section, "choice_verdicts")),
              HasSubstr("not enough data"));
}

TEST(ChoiceSectionOfTwoKinds, HasAFigureForEachAndNoVerdictOnBoth) {
  ScoreDatabase database;
  for (const auto& [dataset, config] :
       {std::pair("hippocampus", kOfPatients), std::pair("word", kOfPhantoms)}) {
    database.evaluate({dataset, "unet", nmsw_key("5")}, by_turns(0.8), 0, config);
    database.evaluate({dataset, "unet", random_order_key("5")}, level(0.7), 0, config);
  }
  const Section section = choice_section(one_experiment(database));
  EXPECT_THAT(section.figures, SizeIs(2));
  ASSERT_THAT(section.paragraphs, SizeIs(3));
  EXPECT_THAT(section.paragraphs[1], HasSubstr("On real cases, UNet:"));
  EXPECT_THAT(section.paragraphs[2], HasSubstr("On phantoms, UNet:"));
  for (const Row& row : table_named(section, "choice_verdicts").rows)
    EXPECT_THAT(row.cells[7].text, HasSubstr("8 cases, 1 seed")) << "16 would be both";
}

TEST(ChoiceSectionWithoutOrders, SaysWhatToRun) {
  ScoreDatabase database;
  database.evaluate({"word", "unet", nmsw_key("5")}, level(0.9));
  const Section section = choice_section(one_experiment(database));
  EXPECT_THAT(section.tables, IsEmpty());
  EXPECT_THAT(section.figures, IsEmpty());
  EXPECT_THAT(section.empty_message, HasSubstr("evaluation.orders"));
}

/// The experiment ranks all of its evaluations by entropy: nothing here is learned.
TEST_F(ChoiceSection, TakesNoOrderOfTheWholeExperimentForTheLearnedOne) {
  ScoreDatabase database;
  database.evaluate({"word", "unet", nmsw_key("5")}, level(0.9), 0,
                    R"({"evaluation":{"order":"entropy"}})");
  database.evaluate({"word", "unet", random_order_key("5")}, level(0.4));
  EXPECT_THAT(choice_section(one_experiment(database)).tables, IsEmpty());
  EXPECT_THAT(comparison_section(one_experiment(database)).tables.at(0).notes,
              Contains(HasSubstr("those of the order 'most entropy'")));
  EXPECT_THAT(comparison_section(one_experiment(database_)).tables.at(0).notes,
              Not(Contains(HasSubstr("ANOTHER ORDER"))));
}

/// Every other section shows the networks' own order alone.
TEST_F(ChoiceSection, KeepsTheOrdersOutOfTheOtherSections) {
  add_oracle();
  for (const SectionEntry& entry : section_catalog()) {
    const std::string name(entry.name);
    if (name == "choice" || name == "difference") continue;
    const Section other = entry.build(one_experiment(database_));
    for (const Table& table : other.tables) {
      if (name == "provenance" || name == "incomplete") continue;
      const std::string csv = render_csv(table);
      for (const char* word : {"order=", "ranked by", "draw=", "coverage", "oracle"})
        EXPECT_THAT(csv, Not(HasSubstr(word))) << name;
      // The claim on random foreground is judged against it.
      if (name != "claims") {
        EXPECT_THAT(csv, Not(HasSubstr("random order"))) << name;
      }
    }
    for (const Figure& figure : other.figures) {
      for (const Panel& panel : figure.panels) {
        for (const Series& series : panel.series)
          EXPECT_THAT(series.name, Not(HasSubstr("ranked by"))) << name;
      }
    }
  }
}

TEST(StageTimes, LeaveOtherOrdersOut) {
  const ScoreDatabase database;
  std::string sql;
  for (const char* variant : {"", "order=oracle", "estimator=authors"}) {
    sql += std::string(sql.empty() ? "" : " UNION ALL ") +
           "SELECT 'cpu' AS device, '' AS hardware, 'word' AS dataset, 'unet' AS backbone, 'nmsw' "
           "AS method, '5' AS k, '" +
           variant + "' AS variant, 'total' AS stage, 1.5 AS seconds, NULL AS spread, 6 AS repeats";
  }
  const auto lines = read_stage_times(Rows(database.store(), sql), "dataset");
  ASSERT_THAT(lines, SizeIs(2));
  EXPECT_EQ(lines[0].method.variant, "");
  EXPECT_EQ(lines[1].method.variant, "estimator=authors");
}

/// "What makes the difference" takes its random order from the mean of the draws.
TEST_F(ChoiceSection, AgreesWithWhatMakesTheDifference) {
  const Section difference = decomposition_section(one_experiment(database_));
  const auto rows =
      parse_csv(render_csv(table_named(difference, "decomposition")), "decomposition");
  const auto choice = std::find_if(rows.begin(), rows.end(), [](const CsvRecord& row) {
    return row.at("part") == "choice, k=3";
  });
  ASSERT_NE(choice, rows.end());
  EXPECT_NEAR(number(*choice, "dsc"), 0.045, 1e-9);
}

}  // namespace
}  // namespace nmsw::reporting
