#include <cmath>
#include <limits>
#include <random>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/results/canned_store.h"
#include "tests/results/databases.h"

// Views that read class_sum and case_sum have to answer, to the last bit, what the views of version 5
// answer, which go through every score.

namespace nmsw::results::testing {
namespace {

/// The views over scores, as version 5 has them, in the temporary schema of a connection.
void make_views_of_version_5(Database& database) {
  const std::string sql = read_file(nmsw::testing::source_folder() / "tests" / "results" /
                                    "databases" / "version_5.sql");
  const std::string create = "CREATE VIEW ";
  for (size_t at = sql.find(create); at != std::string::npos; at = sql.find(create, at + 1)) {
    const std::string statement = sql.substr(at, sql.find(";\n", at) - at);
    database.execute("CREATE TEMP VIEW " + statement.substr(create.size()));
  }
}

const std::vector<std::string>& views_over_scores() {
  static const std::vector<std::string> views{"v_class_scores", "v_scores", "v_comparison",
                                              "v_top_k", "v_gain"};
  return views;
}

/// The columns that version 5 has of a view. Doubles appear in the shortest form that reads back
/// equal: equal lines are equal bits.
std::vector<std::string> sorted_lines(Database& database, const std::string& schema,
                                      const std::string& view) {
  std::string columns;
  Statement names(database, "SELECT name FROM pragma_table_info(?, 'temp')");
  names.bind(view);
  while (names.next()) columns += (columns.empty() ? "" : ", ") + names.text(0);
  std::vector<std::string> lines =
      lines_of(database, "SELECT " + columns + " FROM " + schema + "." + view);
  std::sort(lines.begin(), lines.end());
  return lines;
}

void expect_answers_of_version_5(const std::filesystem::path& file, const std::string& what) {
  Database database(file, Access::read_only);
  make_views_of_version_5(database);
  for (const std::string& view : views_over_scores()) {
    EXPECT_EQ(sorted_lines(database, "main", view), sorted_lines(database, "temp", view))
        << what << ", " << view;
  }
}

/// Every value may be missing, NaN or infinite; a class may be missing in a case; tolerances, units
/// and grids may differ by case and class, and so may the metrics that are there at all.
class RandomScores {
 public:
  explicit RandomScores(unsigned seed) : random_(seed) {}

  TaskResult result(const std::vector<std::string>& k_values) {
    const bool has_hd95 = chance(0.8), tells_missed = chance(0.5), two_grids = chance(0.3);
    TaskResult result;
    for (const std::string& k : k_values) {
      for (int c = 0; c < 7; ++c) {
        if (chance(0.05)) continue;
        for (int64_t index = 0; index < 5; ++index) {
          if (chance(0.05)) continue;
          const std::string case_id = "case_" + std::to_string(c * 37 % 7);
          add(result, k, score(case_id, index, "dsc", value()));
          MetricValue nsd = score(case_id, index, "nsd", value());
          nsd.tolerance = index == 3 ? 3 : 2;
          add(result, k, nsd);
          if (has_hd95) add(result, k, score(case_id, index, "hd95", value()));
          if (tells_missed) {
            add(result, k,
                score(case_id, index, "missed",
                      chance(0.3)   ? std::nullopt
                      : chance(0.5) ? std::optional(1.0)
                                    : std::optional(0.0)));
          }
          if (!two_grids) continue;
          MetricValue prepared = score(case_id, index, "dsc", value());
          prepared.geometry = "prepared";
          add(result, k, prepared);
        }
      }
    }
    return result;
  }

 private:
  bool chance(double share) { return std::uniform_real_distribution<>(0, 1)(random_) < share; }
  std::optional<double> value() {
    if (chance(0.05)) return std::nullopt;
    if (chance(0.05)) return std::numeric_limits<double>::quiet_NaN();
    if (chance(0.05)) return std::numeric_limits<double>::infinity();
    return std::exp(std::normal_distribution<>(0, 3)(random_));
  }
  static void add(TaskResult& result, const std::string& k, MetricValue row) {
    row.k = k;
    result.metrics.push_back(std::move(row));
  }
  std::mt19937 random_;
};

void fill(TestStore& store, unsigned seed) {
  RandomScores scores(seed);
  std::vector<TaskRecord> tasks;
  for (int64_t draw = 0; draw < 3; ++draw) {
    const std::string suffix = std::to_string(draw);
    tasks.push_back(evaluation("sw" + suffix, "sliding_window", "", draw));
    tasks.push_back(evaluation("nmsw" + suffix, "nmsw", "5,30", draw));
  }
  store->add_tasks(tasks);
  for (const TaskRecord& task : tasks) {
    if (task.key == "nmsw2") continue;  // one place lacks a seed
    TaskResult result =
        scores.result(task.k.empty() ? std::vector<std::string>{""}
                                     : std::vector<std::string>{"5", "30", kGlobalK});
    run_task(*store, task.key, result);
  }
}

int64_t runs_summed(const ResultStore& store) {
  return std::get<int64_t>(single(store, "SELECT count(DISTINCT run_id) FROM class_sum"));
}

TEST(ScoreSums, GiveTheAnswersOfTheScoresToTheLastBit) {
  for (unsigned seed = 0; seed < 40; ++seed) {
    TestStore store;
    fill(store, seed);
    ASSERT_EQ(runs_summed(*store), 5);
    ASSERT_EQ(count(*store, "v_comparison WHERE dsc IS NOT NULL"), 3) << seed;
    expect_answers_of_version_5(store.file(), "seed " + std::to_string(seed));
    if (HasFailure()) break;
  }
}

TEST(ScoreSums, AreMadeAgainWhereScoresChangeAfterwards) {
  for (const char* change :
       {"UPDATE metric_value SET value = 0.5 WHERE case_id = 'case_1' AND run_id = 2",
        "DELETE FROM metric_value WHERE case_id = 'case_1' AND run_id = 2",
        "INSERT INTO metric_value SELECT 2, k, 'later', class_index, metric, unit, tolerance, "
        "geometry, policy, class_name, value FROM metric_value WHERE run_id = 2 AND case_id = "
        "'case_1'"}) {
    TestStore store;
    fill(store, 7);
    const double before = real(*store, "SELECT dsc FROM v_comparison WHERE k = '5'");
    {
      Database database(store.file(), Access::create);
      database.execute(change);
      ASSERT_GT(database.changes(), 0) << change;
    }
    EXPECT_EQ(runs_summed(*store), 4) << change;
    EXPECT_NE(real(*store, "SELECT dsc FROM v_comparison WHERE k = '5'"), before) << change;
    expect_answers_of_version_5(store.file(), change);
    run_task(*store, "nmsw2", {});
    EXPECT_EQ(runs_summed(*store), 5) << "the next task that is done sums what is not summed";
    expect_answers_of_version_5(store.file(), change);
  }
}

TEST(ScoreSums, ComeWithAMerge) {
  TestStore first, second;
  fill(first, 1);
  RandomScores scores(2);
  second->add_tasks({evaluation("nmsw2", "nmsw", "5,30", 2)});
  run_task(*second, "nmsw2", scores.result({"5", "30", kGlobalK}));
  EXPECT_EQ(first->merge({second.file()}).results_added, 1);
  EXPECT_EQ(runs_summed(*first), 6);
  expect_answers_of_version_5(first.file(), "merged");
}

TEST(ScoreSums, ComeWithAnUpgrade) {
  for (const auto& sql : stored_databases()) {
    const nmsw::testing::TemporaryFolder folder;
    make_database(sql, folder / "r.sqlite");
    const ResultStore store = ResultStore::open(folder / "r.sqlite");
    EXPECT_EQ(count(store, "run r WHERE EXISTS (SELECT 1 FROM metric_value WHERE run_id = r.id)"),
              runs_summed(store))
        << sql;
    EXPECT_GT(runs_summed(store), 0) << sql;
    expect_answers_of_version_5(folder / "r.sqlite", sql.string());
  }
}

TEST(ScoreSums, AreThoseOfArithmetic) {
  TestStore store;
  store->add_tasks({evaluation("e")});
  TaskResult result;
  for (const auto& [case_id, dsc] : {std::pair{"a", 0.25}, std::pair{"b", 0.5}}) {
    result.metrics.push_back(score(case_id, 1, "dsc", dsc));
    result.metrics.push_back(score(case_id, 2, "dsc", std::nullopt));
  }
  run_task(*store, "e", result);
  Database database(store.file(), Access::read_only);
  using ::testing::ElementsAre;
  EXPECT_THAT(lines_of(database, "SELECT class_index, total, defined, cases FROM class_sum"),
              ElementsAre("1|0.75|2|2|", "2|NULL|0|2|"));
  EXPECT_THAT(lines_of(database, "SELECT case_id, total, defined FROM case_sum"),
              ElementsAre("a|0.25|1|", "b|0.5|1|"));
}

}  // namespace
}  // namespace nmsw::results::testing
