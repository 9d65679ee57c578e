#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/results/canned_store.h"

namespace nmsw::results::testing {
namespace {

MetricValue dsc_at(const std::string& k, const std::string& case_id, int64_t class_index,
                   double value) {
  MetricValue row = score(case_id, class_index, "dsc", value);
  row.k = k;
  return row;
}

/// Class 1 gains 0.3 in c1 and 0.1 in c2, so 0.2; class 2 counts in c2 only, where it loses 0.25.
TEST(Gain, IsTheMeanDifferenceToTheGlobalPredictionOfTheSameCases) {
  TestStore store;
  store->add_tasks({evaluation("e", "nmsw", "5,full")});
  TaskResult result;
  MetricValue undefined = dsc_at(kGlobalK, "c1", 2, 0);
  undefined.value.reset();
  result.metrics = {dsc_at("5", "c1", 1, 0.8),      dsc_at("5", "c2", 1, 0.7),
                    dsc_at("5", "c1", 2, 0.9),      dsc_at("5", "c2", 2, 0.5),
                    dsc_at("full", "c1", 1, 0.9),   dsc_at(kGlobalK, "c1", 1, 0.5),
                    dsc_at(kGlobalK, "c2", 1, 0.6), undefined,
                    dsc_at(kGlobalK, "c2", 2, 0.75)};
  run_task(*store, "e", result);
  EXPECT_EQ(count(*store, "v_gain"), 3);
  EXPECT_NEAR(real(*store, "SELECT gain FROM v_gain WHERE k = '5' AND class_index = 1"), 0.2,
              1e-12);
  EXPECT_NEAR(real(*store, "SELECT dsc_global FROM v_gain WHERE k = '5' AND class_index = 1"), 0.55,
              1e-12);
  EXPECT_NEAR(real(*store, "SELECT gain FROM v_gain WHERE k = '5' AND class_index = 2"), -0.25,
              1e-12);
  EXPECT_EQ(count(*store, "v_gain WHERE class_index = 2 AND cases = 1"), 1);
  EXPECT_NEAR(real(*store, "SELECT gain FROM v_gain WHERE k = 'full'"), 0.4, 1e-12);
}

TEST(Gain, LeavesTheGlobalPredictionOutOfTheTablesOfMethods) {
  TestStore store;
  store->add_tasks({evaluation("e", "nmsw", "5"), evaluation("z", "zoom_out")});
  TaskResult ranked, zoom_out;
  ranked.metrics = {dsc_at("5", "c1", 1, 0.8), dsc_at(kGlobalK, "c1", 1, 0.1)};
  zoom_out.metrics = {dsc_at("", "c1", 1, 0.6), dsc_at(kGlobalK, "c1", 1, 0.1)};
  run_task(*store, "e", ranked);
  run_task(*store, "z", zoom_out);
  EXPECT_EQ(count(*store, "v_cases"), 2);
  EXPECT_EQ(count(*store, "v_global_cases WHERE value = 0.1"), 2);
  EXPECT_EQ(count(*store, "v_comparison"), 2);
  EXPECT_EQ(count(*store, "v_comparison WHERE dsc IN (0.8, 0.6) AND cases = 1"), 2);
  EXPECT_EQ(count(*store, "v_top_k WHERE k = '5'"), count(*store, "v_top_k"));
  EXPECT_NEAR(real(*store, "SELECT gain FROM v_gain WHERE method = 'zoom_out'"), 0.5, 1e-12);
}

}  // namespace
}  // namespace nmsw::results::testing
