#include <map>

#include "runners/planning/cells/grid.h"
#include "runners/planning/tasks/identity.h"
#include "tests/runners/planning/experiment_text.h"

namespace nmsw::runners {
namespace {

using ::testing::AllOf;
using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;
using ::testing::StartsWith;

constexpr const char* kHead =
    "experiment: x\ndatasets: word\nbackbones: unet\ndata: {source: phantom}\n";

std::vector<std::string> evaluations_of(const std::string& text) {
  std::vector<std::string> found;
  for (const results::TaskRecord& task : tasks_of(plan_of(kHead + text), "evaluate"))
    found.push_back(task.method + " " + task.k + " " + task.variant);
  return found;
}

TEST(AutoK, StandsBetweenTheNumbersAndFull) {
  EXPECT_THAT(sorted_k({"full", "auto", "30", "5", "auto"}),
              ElementsAre("5", "30", "auto", "full"));
  EXPECT_THAT(evaluations_of("methods: {nmsw: {k: [full, auto, 3, 1], order: coverage}}\n"),
              ElementsAre("nmsw 1,3,auto,full "));
}

TEST(AutoK, IsForOrdersWithAnEnd) {
  for (const char* method :
       {"{nmsw: {k: [1, auto]}}", "{nmsw: {k: auto, order: foreground}}",
        "{random_foreground: {k: [auto]}}", "{nmsw: {k: [1, auto], class_weight: off}}"})
    EXPECT_THAT(fault_of(std::string(kHead) + "methods: [sliding_window, " + method + "]\n"),
                AllOf(StartsWith("file.yaml:5:27: methods[1]"), HasSubstr("k: auto is for nmsw"),
                      HasSubstr("order: coverage")))
        << method;
  EXPECT_THAT(fault_of(std::string(kHead) + "methods: {nmsw: {k: [1, automatic]}}\n"),
              HasSubstr("use 1, 2, …, auto or full"));
  EXPECT_EQ(evaluations_of("methods: {nmsw: {k: auto}}\nevaluation: {order: coverage}\n"),
            evaluations_of("methods: {nmsw: {k: [auto]}}\nevaluation: {order: coverage}\n"));
}

TEST(AutoK, OfTheScoresEndsByTheLearnedProbability) {
  EXPECT_THAT(evaluations_of("methods: {nmsw: {k: [30, auto], mass_left: 0.01}}\n"),
              ElementsAre("nmsw 30,auto "));
  EXPECT_THAT(evaluations_of("methods: {nmsw: {k: [30, auto], mass_left: [0.01, 0.1]}}\n"),
              ElementsAre("nmsw 30,auto mass_left=0.01", "nmsw 30,auto mass_left=0.1"));
  const auto keys = [](const std::string& k, const std::string& evaluation) {
    return keys_of(plan_of(kHead + ("methods: {nmsw: {k: " + k + "}}\n") + "evaluation: {" +
                           evaluation + "}\n"));
  };
  EXPECT_EQ(keys("[1, full]", "mass_left: 0.01"), keys("[1, full]", ""));
  EXPECT_NE(keys("[1, auto]", "mass_left: 0.01"), keys("[1, auto]", "mass_left: 0.1"));
  EXPECT_EQ(keys("[1, auto]", "mass_left: 0.01, auto_left: 0.2"),
            keys("[1, auto]", "mass_left: 0.01"));
  EXPECT_EQ(keys("[1, auto]", "mass_left: 0.01, order: coverage"),
            keys("[1, auto]", "order: coverage"));
  EXPECT_THAT(fault_of(std::string(kHead) + "methods: nmsw\nevaluation: {mass_left: 1.5}\n"),
              HasSubstr("0..1"));
}

TEST(AutoK, IsDroppedByTheOtherOrdersOfAnEntry) {
  EXPECT_THAT(evaluations_of("methods: {nmsw: {k: [1, auto], order: [entropy, coverage]}}\n"),
              ElementsAre("nmsw 1 order=entropy", "nmsw 1,auto order=coverage"));
  EXPECT_THAT(evaluations_of("methods: {nmsw: {k: [1, auto, full]}}\n"
                             "evaluation: {orders: [foreground, coverage]}\n"),
              ElementsAre("nmsw 1,full ", "nmsw 1 order=foreground",
                          "nmsw 1,auto order=coverage,gain=foreground,discount=0"));
  EXPECT_THAT(evaluations_of("methods: {nmsw: {k: [auto]}}\nevaluation: {orders: [coverage]}\n"),
              ElementsAre("nmsw auto order=coverage,gain=foreground,discount=0"))
      << "nothing is left of the order that has no end";
  EXPECT_THAT(fault_of(std::string(kHead) + "methods: {nmsw: {k: [1, auto]}}\nevaluation: {orders: "
                                            "[foreground]}\n"),
              HasSubstr("coverage to evaluation.orders"));
}

TEST(AutoK, GoesToTheCellThatAnOrderIsMergedWith) {
  EXPECT_THAT(evaluations_of("methods: [{nmsw: {k: [1, auto]}}, {nmsw: {k: 5, order: "
                             "[coverage]}}]\nevaluation: {orders: [coverage]}\n"),
              ElementsAre("nmsw 1 ", "nmsw 1,5,auto order=coverage"));
}

TEST(AutoK, AloneMakesItsShareCount) {
  const auto keys = [](const std::string& k, const std::string& left) {
    return keys_of(plan_of(kHead + ("methods: {nmsw: {order: coverage, k: " + k + "}}\n") +
                           "evaluation: {" + left + "}\n"));
  };
  EXPECT_EQ(keys("[1, full]", "auto_left: 0.2"), keys("[1, full]", ""));
  EXPECT_EQ(keys("[1, auto]", "auto_left: 0.05"), keys("[1, auto]", ""));
  EXPECT_NE(keys("[1, auto]", "auto_left: 0.2"), keys("[1, auto]", ""));
  EXPECT_THAT(evaluations_of("methods: {nmsw: {order: coverage, k: auto, auto_left: "
                             "[0.05, 0.1]}}\n"),
              ElementsAre("nmsw auto auto_left=0.05", "nmsw auto auto_left=0.1"));
  EXPECT_THAT(evaluations_of("methods: {nmsw: {k: [1, auto], auto_left: [0.05, 0.1]}}\n"
                             "evaluation: {orders: [coverage]}\n"),
              ElementsAre("nmsw 1 auto_left=0.05",
                          "nmsw 1,auto "
                          "auto_left=0.05,order=coverage,gain=foreground,discount=0",
                          "nmsw 1,auto "
                          "auto_left=0.1,order=coverage,gain=foreground,discount=0"))
      << "no share counts where nothing ends by it";
  EXPECT_THAT(fault_of(std::string(kHead) + "methods: nmsw\nevaluation: {auto_left: 1.5}\n"),
              AllOf(StartsWith("file.yaml:6:"), HasSubstr("0..1")));
}

TEST(AutoK, IsForecastAsEveryPatch) {
  const auto plan_with = [](const std::string& k) {
    return plan_of(kHead + ("methods: {nmsw: {order: coverage, k: " + k + "}}\n"));
  };
  const Plan bound = plan_with("[1, auto]"), full = plan_with("full");
  const auto of_auto = tasks_of(bound, "evaluate").at(0),
             of_full = tasks_of(full, "evaluate").at(0);
  EXPECT_EQ(of_auto.predicted_s, of_full.predicted_s);
  EXPECT_EQ(of_auto.macs_paper, of_full.macs_paper);
  EXPECT_EQ(of_auto.predicted_peak_bytes, of_full.predicted_peak_bytes);
  EXPECT_THAT(bound.notes, Contains(HasSubstr("upper bounds")));
  EXPECT_THAT(full.notes, Not(Contains(HasSubstr("upper bounds"))));
}

TEST(AutoK, IsNotProfiled) {
  const auto profiled = [](const std::string& k) {
    return tasks_of(plan_of(kHead + ("methods: {nmsw: {order: coverage, k: " + k + "}}\n") +
                            "profile: {repeats: 0}\n"),
                    "profile")
        .at(0)
        .k;
  };
  EXPECT_EQ(profiled("[1, auto]"), "1");
  EXPECT_EQ(profiled("auto"), "full");
}

}  // namespace
}  // namespace nmsw::runners
