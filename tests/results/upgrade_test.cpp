#include <gtest/gtest.h>

#include "nmsw/base/digest.h"
#include "results/merge.h"
#include "results/sqlite.h"
#include "tests/results/canned_store.h"

namespace nmsw::results::testing {
namespace {

/// A database as version 1 left it: an evaluation is done, the tables and views of version 2 are
/// not there, and one view is another.
class OlderDatabase : public ::testing::Test {
 protected:
  void SetUp() override {
    store_->add_tasks({evaluation("e"), training("t")});
    TaskResult result;
    result.metrics = {score("c1", 1, "dsc", 0.5)};
    run_task(*store_, "e", result);
    store_->database().execute(
        "DROP TABLE selection_map; DROP TABLE selection_pick; DROP TABLE case_slice;"
        "DROP VIEW v_gain; DROP VIEW v_global_cases; DROP VIEW v_selection_maps; DROP VIEW "
        "v_selection_picks;"
        "DROP VIEW v_case_slices; DROP VIEW v_cases; CREATE VIEW v_cases AS SELECT 1 AS old;"
        "PRAGMA user_version = 1");
    store_.disconnect();
  }
  TestStore store_;
};

TaskResult slice_of(int64_t position) {
  TaskResult result;
  CaseSlice slice;
  slice.case_id = "c1";
  slice.plane = "axial";
  slice.position = position;
  slice.columns = slice.rows = 1;
  slice.grey = slice.label = {7};
  result.slices = {slice};
  return result;
}

TEST_F(OlderDatabase, IsBroughtUpToDateWhenOpenedForWriting) {
  ResultStore store = ResultStore::open(store_.file());
  EXPECT_EQ(std::get<int64_t>(single(store, "SELECT user_version FROM pragma_user_version")), 3);
  EXPECT_EQ(count(store, "v_cases WHERE value = 0.5"), 1)
      << "the result is kept, the view is the new one";
  run_task(store, "t", slice_of(3));
  EXPECT_EQ(count(store, "v_case_slices WHERE position = 3"), 1);
}

TEST_F(OlderDatabase, IsReadAsItIs) {
  const std::string before = sha256_file(store_.file());
  {
    const ResultStore store = ResultStore::open_read_only(store_.file());
    EXPECT_EQ(count(store, "v_cases WHERE value = 0.5"), 1);
    EXPECT_EQ(count(store, "v_case_slices"), 0);
    EXPECT_EQ(count(store, "v_comparison"), 1);
  }
  EXPECT_EQ(sha256_file(store_.file()), before);
}

TEST_F(OlderDatabase, CanBeMerged) {
  TestStore out;
  EXPECT_EQ(merge(*out, {store_.file()}).results_added, 1);
  EXPECT_EQ(count(*out, "v_cases WHERE value = 0.5"), 1);
}

}  // namespace
}  // namespace nmsw::results::testing
