#include "runners/planning/setup/schedule.h"

#include <gmock/gmock.h>

#include "nmsw/base/error.h"
#include "tests/support/expect_error.h"

namespace nmsw::runners {
namespace {

using ::testing::ElementsAre;
using testing::expect_error;

Workload load_of(double budget_s) {
  Workload load;
  load.budget_s = budget_s;
  load.step = {0.1, 0.05, 0.2, false};
  load.test_case_patches = 12;
  load.test_cases = 50;
  load.validation_cases = 20;
  return load;
}

double seconds_of(const Schedule& schedule, const StepSeconds& step) {
  const auto epochs = static_cast<double>(schedule.epochs);
  return epochs * (static_cast<double>(schedule.local_iterations) * step.local +
                   static_cast<double>(schedule.global_iterations) * step.global +
                   static_cast<double>(schedule.nmsw_iterations) * step.nmsw);
}

TEST(Schedule, SpendsTheBudgetButForItsMargin) {
  for (const double budget : {1800.0, 14'400.0}) {
    const Workload load = load_of(budget);
    const Schedule schedule = schedule_for(load);
    const double spent = schedule.training_s + schedule.evaluation_s;
    EXPECT_LE(spent, budget * (1 - kMargin));
    EXPECT_GE(spent, budget * (1 - kMargin) * 0.9);
    EXPECT_LE(seconds_of(schedule, load.step), schedule.training_s);
    EXPECT_EQ(schedule.max_cases, 0);
    EXPECT_LE(schedule.epochs / schedule.validation_every, kValidations);
  }
}

TEST(Schedule, KeepsTheShares) {
  const Workload load = load_of(14'400);
  const Schedule schedule = schedule_for(load);
  const auto epochs = static_cast<double>(schedule.epochs);
  const double local = epochs * static_cast<double>(schedule.local_iterations) * load.step.local;
  const double global = epochs * static_cast<double>(schedule.global_iterations) * load.step.global;
  const double nmsw = epochs * static_cast<double>(schedule.nmsw_iterations) * load.step.nmsw;
  const double all = local + global + nmsw;
  EXPECT_NEAR(local / all, kLocalShare, 0.03);
  EXPECT_NEAR(global / all, kGlobalShare, 0.03);
  EXPECT_NEAR(nmsw / all, kNmswShare, 0.03);
}

TEST(Schedule, StopsAtThePapersLength) {
  const Schedule schedule = schedule_for(load_of(1e9));
  EXPECT_EQ(schedule.epochs, 300);
  EXPECT_EQ(schedule.local_iterations, 500);
}

TEST(Schedule, ScoresFewerCasesWhereAllWouldCostTooMuch) {
  Workload load = load_of(1800);
  load.test_case_patches = 2000;
  const Schedule schedule = schedule_for(load);
  // A patch is a twelfth of a local step: four of them, a third of it forward.
  const double a_case = 2 * 2000 * 0.1 / 12 + 0.05 / 3;
  EXPECT_EQ(schedule.max_cases, static_cast<int64_t>(0.25 * 1800 * 0.85 / a_case));
  EXPECT_LE(schedule.evaluation_s, 0.25 * 1800 * 0.85);
}

TEST(Schedule, RefusesABudgetThatTrainsNothingAndNamesOneThatDoes) {
  expect_error<ConfigError>([] { schedule_for(load_of(2)); },
                            {"--budget", "too little", "at least"});
  EXPECT_NO_THROW(schedule_for(load_of(120)));
}

TEST(Schedule, ScoresNumbersOfPatchesThatAreFew) {
  EXPECT_THAT(chosen_k(1), ElementsAre(1));
  EXPECT_THAT(chosen_k(12), ElementsAre(1, 3));
  EXPECT_THAT(chosen_k(27), ElementsAre(1, 3, 5));
  EXPECT_THAT(chosen_k(125), ElementsAre(5, 10, 30));
}

TEST(StepSeconds, AreReadFromTheTimersLine) {
  const StepSeconds step = parse_step_seconds("{\"local\":0.5,\"global\":0.25,\"nmsw\":1}\n");
  EXPECT_TRUE(step.measured);
  EXPECT_EQ(step.local, 0.5);
  EXPECT_EQ(step.nmsw, 1);
  for (const char* wrong : {"", "[]", "{\"local\":1,\"global\":1}",
                            "{\"local\":-1,\"global\":1,\"nmsw\":1}", "note: x"}) {
    expect_error<DataError>([&] { parse_step_seconds(wrong); }, {"time-steps"});
  }
}

}  // namespace
}  // namespace nmsw::runners
