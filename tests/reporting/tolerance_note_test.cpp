#include "reporting/tolerance_note.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "reporting/case_scores.h"
#include "reporting/comparability.h"
#include "reporting/conventions.h"
#include "tests/results/canned_store.h"

namespace nmsw::reporting {
namespace {

using results::testing::evaluation;
using results::testing::run_task;
using results::testing::score;
using results::testing::TestStore;
using ::testing::Contains;
using ::testing::DoubleNear;
using ::testing::ElementsAre;
using ::testing::HasSubstr;

struct Organ {
  std::string name;
  double tolerance = 2;
  std::string unit = "mm";
  std::string geometry = "original";
};

/// One case whose NSD is 0.1 times the index of the organ.
void evaluate(TestStore& store, const std::string& dataset, const std::vector<Organ>& organs,
              const std::string& method = "sliding_window", double more = 0) {
  results::TaskRecord task = evaluation(dataset + method, method);
  task.dataset = dataset;
  task.cases_expected = 1;
  store->add_tasks({task});
  results::TaskResult result;
  int64_t index = 0;
  for (const Organ& organ : organs) {
    ++index;
    results::MetricValue row = score("case", index, "nsd", 0.1 * static_cast<double>(index) + more);
    row.class_name = organ.name;
    row.tolerance = organ.tolerance;
    row.unit = organ.unit;
    row.geometry = organ.geometry;
    result.metrics.push_back(row);
    result.metrics.push_back(score("case", index, "dsc", 0.5));
  }
  run_task(*store, task.key, result);
}

std::string note_of(TestStore& store) {
  return tolerance_note(*store, "demo", read_comparison(*store, "demo")).value_or("none");
}

const std::vector<Organ> kHeadAndNeck{{"Brainstem", 2.5},
                                      {"SpinalCord", 2.93},
                                      {"RightParotid", 2.85},
                                      {"LeftParotid", 2.85},
                                      {"Mandible", 1.01}};

TEST(ToleranceNote, NamesOneNumberWhereItHoldsForAllClasses) {
  TestStore store;
  EXPECT_EQ(note_of(store), "none");
  evaluate(store, "word", {{"liver"}, {"spleen"}});
  evaluate(store, "mine", {{"liver", 2, "voxel"}});
  EXPECT_EQ(note_of(store), "NSD tolerance: 2 mm (WORD), 2 voxels (mine).");
}

TEST(ToleranceNote, NamesEveryNumberWhereClassesDiffer) {
  TestStore store;
  evaluate(store, "openkbp", kHeadAndNeck);
  evaluate(store, "openkbp", kHeadAndNeck, "zoom_out");
  EXPECT_EQ(note_of(store),
            "NSD tolerance: 1.01 mm for Mandible; 2.5 mm for Brainstem; 2.85 mm for RightParotid "
            "and LeftParotid; 2.93 mm for SpinalCord (openkbp).");
  evaluate(store, "word", {{"a"}, {"b"}, {"c", 1}, {"d"}, {"e"}, {"f"}});
  EXPECT_THAT(note_of(store), HasSubstr("1 mm for c; 2 mm for the other classes (WORD)"));
  EXPECT_THAT(score_notes(*store, "demo", read_comparison(*store, "demo")),
              Contains(HasSubstr("1.01 mm for Mandible")));
}

TEST(Comparability, OfNsdNeedsThePapersToleranceInEveryClass) {
  const auto is_comparable = [](double of_spleen) {
    TestStore store;
    evaluate(store, "word",
             {{"liver", 2, "voxel", "prepared"}, {"spleen", of_spleen, "voxel", "prepared"}});
    return Comparability(*store, "demo").has_nsd(read_comparison(*store, "demo").at(0));
  };
  EXPECT_TRUE(is_comparable(2));
  EXPECT_FALSE(is_comparable(3));
}

TEST(ToleranceNote, BelongsToScoresOfAllClasses) {
  TestStore store;
  evaluate(store, "openkbp", kHeadAndNeck, "sliding_window", 0.25);
  evaluate(store, "openkbp", kHeadAndNeck, "zoom_out");
  const auto rows = read_comparison(*store, "demo");
  ASSERT_EQ(rows.size(), 2U);
  EXPECT_THAT(rows[0].nsd.value(), DoubleNear(0.25 + 0.3, 1e-12)) << "the mean of 0.1 to 0.5";
  EXPECT_FALSE(rows[0].nsd_tolerance.has_value());
  const CaseScores scores(*store, "demo", "nsd");
  const auto cell = [](const char* method) {
    return ScoreCell{"openkbp", "unet", {method, "", "on", ""}};
  };
  EXPECT_THAT(scores.classes("openkbp"), ::testing::SizeIs(5));
  EXPECT_THAT(scores.differences(cell("sliding_window"), cell("zoom_out")),
              ElementsAre(ElementsAre(DoubleNear(0.25, 1e-12))));
}

}  // namespace
}  // namespace nmsw::reporting
