#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "reporting/conventions.h"
#include "tests/results/canned_store.h"

namespace nmsw::reporting {
namespace {

using results::testing::evaluation;
using results::testing::run_task;
using results::testing::score;
using results::testing::TestStore;
using ::testing::Contains;
using ::testing::HasSubstr;
using ::testing::Not;

std::vector<std::string> notes_of_cases(const char* cases) {
  TestStore store;
  results::TaskRecord task = evaluation("key", "sliding_window");
  task.config_json = std::string(R"({"evaluation":{"cases":")") + cases + "\"}}";
  store->add_tasks({task});
  results::TaskResult result;
  result.metrics.push_back(score("case", 1, "dsc", 0.5));
  run_task(*store, task.key, result);
  return score_notes(*store, "demo", read_comparison(*store, "demo"));
}

TEST(ValidationNote, WarnsOfScoresOfValidationCases) {
  const auto warning = HasSubstr("validation cases are scored");
  EXPECT_THAT(notes_of_cases("validation"), Contains(warning));
  EXPECT_THAT(notes_of_cases("test"), Not(Contains(warning)));
}

}  // namespace
}  // namespace nmsw::reporting
