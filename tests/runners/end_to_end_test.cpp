#include <sys/wait.h>

#include <gtest/gtest.h>

#include "nmsw/base/atomic_file.h"
#include "results/query_format.h"
#include "results/store.h"
#include "tests/support/build_paths.h"
#include "tests/support/temporary_folder.h"

namespace nmsw::runners {
namespace {

namespace fs = std::filesystem;

/// Runs a command of the built program in a folder; returns its exit code.
int run_in(const fs::path& folder, const std::string& words) {
  const std::string program = (testing::build_folder() / "nmsw-tensor").string();
  const int status = std::system(
      ("cd '" + folder.string() + "' && '" + program + "' " + words + " > out.txt 2>&1").c_str());
  return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

std::string smoke() { return (testing::source_folder() / "experiments" / "smoke.yaml").string(); }

class EndToEnd : public ::testing::Test {
 protected:
  void SetUp() override {
    if (!fs::exists(testing::build_folder() / "nmsw-tensor"))
      GTEST_SKIP() << "nmsw-tensor is not built";
  }
  std::vector<std::vector<std::string>> scores(const fs::path& database) {
    const auto table = results::ResultStore::open_read_only(database).query(
        "SELECT method, k, case_id, class_index, metric, printf('%.17g', value) FROM v_cases "
        "ORDER BY method, k, case_id, class_index, metric");
    std::vector<std::vector<std::string>> rows;
    for (const auto& row : table.rows) {
      rows.emplace_back();
      for (const auto& cell : row) rows.back().push_back(results::format_value(cell));
    }
    return rows;
  }
  testing::TemporaryFolder folder_;
};

TEST_F(EndToEnd, RunsFromOneYamlToScoresAndDoesNothingTheSecondTime) {
  ASSERT_EQ(run_in(folder_.path(), "run '" + smoke() + "' --db r.sqlite --quiet"), 0)
      << read_file(folder_ / "out.txt");
  EXPECT_FALSE(scores(folder_ / "r.sqlite").empty());
  const auto units = results::ResultStore::open_read_only(folder_ / "r.sqlite")
                         .query("SELECT DISTINCT nsd_unit FROM v_comparison");
  ASSERT_EQ(units.rows.size(), 1u);
  EXPECT_EQ(results::format_value(units.rows[0][0]), "mm");
  ASSERT_EQ(run_in(folder_.path(), "run '" + smoke() + "' --db r.sqlite --quiet"), 0);
  EXPECT_NE(read_file(folder_ / "out.txt").find("(0 in this run)"), std::string::npos);
}

TEST_F(EndToEnd, KeepsWhatTheFiguresShow) {
  ASSERT_EQ(run_in(folder_.path(), "run '" + smoke() + "' --db r.sqlite --quiet"), 0)
      << read_file(folder_ / "out.txt");
  const auto store = results::ResultStore::open_read_only(folder_ / "r.sqlite");
  const auto number = [&](const std::string& sql) {
    return std::get<int64_t>(store.query(sql).rows.at(0).at(0));
  };
  const int64_t classes = number("SELECT count(DISTINCT class_index) FROM v_cases");
  EXPECT_GT(classes, 1);
  EXPECT_EQ(number("SELECT count(*) FROM v_global_cases WHERE metric = 'dsc' AND method = 'nmsw'"),
            classes);
  EXPECT_EQ(number("SELECT count(*) FROM v_global_cases WHERE method = 'sliding_window'"), 0);
  EXPECT_EQ(number("SELECT count(*) FROM v_cases WHERE k NOT IN ('', '2', 'full')"), 0);
  // Both epochs of the NMSW training on its validation case: a 3x3x3 grid and five patches
  // (training.validation_k).
  EXPECT_EQ(
      number("SELECT count(*) FROM v_selection_maps WHERE counts_x * counts_y * counts_z = 27"), 2);
  EXPECT_EQ(number("SELECT count(*) FROM v_selection_picks WHERE epoch = 1 AND size_x = 24"), 5);
  EXPECT_EQ(
      number("SELECT count(*) FROM v_case_slices WHERE kind = 'train' AND prediction IS NULL"), 2);
  // Both planes of the prediction, pixel for pixel those of the prepared grid, which is small
  // enough to be kept whole.
  EXPECT_EQ(number("SELECT count(*) FROM v_case_slices WHERE method = 'nmsw' AND k = '2' AND "
                   "columns = extent_x "
                   "AND rows = CASE plane WHEN 'axial' THEN extent_y ELSE extent_z END "
                   "AND length(prediction) = columns * rows AND length(label) = columns * rows"),
            2);
  EXPECT_EQ(number("SELECT count(*) FROM v_case_slices WHERE method = 'sliding_window' AND k = ''"),
            2);
}

TEST_F(EndToEnd, AnUnknownVerbIsAUsageError) { EXPECT_EQ(run_in(folder_.path(), "fly"), 2); }

TEST_F(EndToEnd, AMissingImageIsADataErrorThatNamesIt) {
  EXPECT_EQ(run_in(folder_.path(), "metrics --prediction nowhere.nii.gz --label nowhere.nii.gz"),
            3);
  EXPECT_NE(read_file(folder_ / "out.txt").find("nowhere.nii.gz"), std::string::npos);
}

}  // namespace
}  // namespace nmsw::runners
