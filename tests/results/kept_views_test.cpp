#include <gtest/gtest.h>

#include <array>

#include "tests/results/canned_store.h"

namespace nmsw::results::testing {
namespace {

constexpr std::array<const char*, 4> kViews{"v_class_scores", "v_scores", "v_comparison",
                                            "v_top_k"};

std::string rows_of(const ResultStore& store, const std::string& view) {
  return format_query(store.query("SELECT * FROM " + view), QueryFormat::csv);
}

/// Scores of two classes and cases; a missed HD95 in one of them.
void finish(ResultStore& store, const std::string& key, double value) {
  TaskResult result;
  for (const char* case_id : {"c1", "c2"}) {
    for (const int64_t class_index : {1, 2}) {
      for (const char* metric : {"dsc", "nsd", "hd95"}) {
        MetricValue row = score(case_id, class_index, metric, value);
        row.k = "5";
        value += 0.0625;
        result.metrics.push_back(row);
      }
    }
  }
  result.metrics.back().value.reset();
  run_task(store, key, result);
}

TEST(KeptViews, HaveTheRowsOfTheViews) {
  TestStore store;
  store->add_tasks({evaluation("e", "nmsw", "5"), evaluation("f", "zoom_out", "5")});
  finish(*store, "e", 0.125);
  const ResultStore reader = ResultStore::open_read_only(store.file());
  for (const char* view : {"v_top_k", "v_scores", "v_comparison", "v_class_scores", "v_top_k"}) {
    EXPECT_EQ(rows_of(reader, view), rows_of(*store, view)) << view;
  }
  for (const char* view : kViews) EXPECT_GT(count(*store, view), 0) << view;
}

TEST(KeptViews, FollowTheFile) {
  TestStore store;
  store->add_tasks({evaluation("e", "nmsw", "5"), evaluation("f", "zoom_out", "5")});
  const ResultStore reader = ResultStore::open_read_only(store.file());
  for (const char* view : kViews) EXPECT_EQ(rows_of(reader, view), rows_of(*store, view)) << view;
  const std::string before = rows_of(reader, "v_top_k");
  finish(*store, "e", 0.125);
  for (const char* view : kViews) EXPECT_EQ(rows_of(reader, view), rows_of(*store, view)) << view;
  EXPECT_NE(rows_of(reader, "v_top_k"), before);
  finish(*store, "f", 0.25);
  for (const char* view : kViews) EXPECT_EQ(rows_of(reader, view), rows_of(*store, view)) << view;
}

}  // namespace
}  // namespace nmsw::results::testing
