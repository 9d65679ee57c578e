#include <cmath>
#include <cstdlib>
#include <tuple>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/reporting/judged_claims.h"

namespace nmsw::reporting {
namespace {

using ::testing::HasSubstr;
using testing::judge;
using testing::ScoreDatabase;

TEST(Macs, AreExactAndNeedNoRun) {
  const ScoreDatabase database;
  const Judgement judgement = judge(database, "macs");
  EXPECT_EQ(judgement.verdict, Verdict::holds);
  ASSERT_EQ(judgement.cells.size(), 3u);
  for (const Evidence& cell : judgement.cells)
    EXPECT_NEAR(cell.measured->mean, std::strtod(cell.paper.c_str(), nullptr), 0.1)
        << cell.backbone;
}

void profile_mednext(ScoreDatabase& database, double slow_s, double fast_s, int repeats = 3,
                     double iqr_s = 0, int64_t extent = 480, const std::string& settings = "") {
  for (const auto& [method, k, seconds] :
       {std::tuple("sliding_window", "", slow_s), std::tuple("nmsw", "30", fast_s)}) {
    ScoreDatabase::Profile profile{"mednext", method, k, 0, seconds, extent};
    profile.repeats = repeats;
    profile.iqr_s = iqr_s;
    profile.settings = settings;
    database.profile(profile);
  }
}

TEST(Speed, IsJudgedByThePapersSentenceOnItsBackbone) {
  ScoreDatabase database;
  profile_mednext(database, 2110, 180);
  database.profile({"unet", "sliding_window", "", 0, 135});
  database.profile({"unet", "nmsw", "30", 0, 23.7});
  const Judgement judgement = judge(database, "cpu");
  EXPECT_EQ(judgement.verdict, Verdict::holds);
  EXPECT_NEAR(judgement.measured->mean, 2110.0 / 180, 1e-9);
  EXPECT_EQ(judgement.scope, "on Intel(R) Xeon(R) Gold 6338");
  EXPECT_EQ(judgement.remark, "weakest backbone: UNet: 5.7× (the paper's: 5.7×)");
  EXPECT_EQ(judge(database, "gpu").verdict, Verdict::no_data);
}

TEST(Speed, NeedsThreeRepeatsAndAnIntervalBeyondTheSentence) {
  ScoreDatabase once, noisy, slow;
  profile_mednext(once, 2110, 180, 1);
  EXPECT_EQ(judge(once, "cpu").verdict, Verdict::no_data);
  EXPECT_THAT(judge(once, "cpu").remark, HasSubstr("1 repeat, 3 are needed"));
  profile_mednext(noisy, 2110, 180, 3, 30);
  EXPECT_EQ(judge(noisy, "cpu").verdict, Verdict::undecided);
  profile_mednext(slow, 2110, 1000, 3, 1);
  EXPECT_EQ(judge(slow, "cpu").verdict, Verdict::fails);
}

TEST(Speed, WithoutASpreadIsNotEnoughData) {
  ScoreDatabase database;
  profile_mednext(database, 2110, 100, 3, std::nan(""));
  const Judgement judgement = judge(database, "cpu");
  EXPECT_EQ(judgement.verdict, Verdict::no_data);
  EXPECT_THAT(judgement.remark, HasSubstr("does not say how far the repeats spread"));
}

TEST(Speed, IsNoRatioOfTwoMachines) {
  ScoreDatabase database;
  for (const auto& [method, k, threads] :
       {std::tuple("sliding_window", "", 1), std::tuple("nmsw", "30", 16)}) {
    ScoreDatabase::Profile profile{"mednext", method, k, 0, threads == 1 ? 2110.0 : 12.0};
    profile.threads = threads;
    database.profile(profile);
  }
  EXPECT_EQ(judge(database, "cpu").verdict, Verdict::no_data);
  ScoreDatabase::Profile again{"mednext", "sliding_window", "", 0, 150};
  again.threads = 16;
  database.profile(again);
  const Judgement judgement = judge(database, "cpu");
  ASSERT_TRUE(judgement.measured);
  EXPECT_NEAR(judgement.measured->mean, 150.0 / 12, 1e-9);
  EXPECT_EQ(judgement.scope, "on Intel(R) Xeon(R) Gold 6338, 16 threads");
}

TEST(Speed, IsSubtractedFromThePapersOnItsDevicesOnly) {
  for (const auto& [hardware, is_comparable] :
       {std::pair("Intel(R) Xeon(R) Gold 6338", true), std::pair("AMD EPYC", false)}) {
    ScoreDatabase database;
    for (const auto& [method, k, seconds] :
         {std::tuple("sliding_window", "", 2110.0), std::tuple("nmsw", "30", 180.0)})
      database.profile({"mednext", method, k, 0, seconds, 480, "cpu", hardware});
    const Judgement judgement = judge(database, "cpu");
    ASSERT_EQ(judgement.cells.size(), 1u);
    EXPECT_EQ(judgement.cells[0].is_comparable, is_comparable) << hardware;
  }
}

TEST(Speed, CountsOnlyTheFullNetworksOnThePapersVolume) {
  ScoreDatabase small, narrow;
  profile_mednext(small, 2110, 180, 3, 0, 96);
  EXPECT_EQ(judge(small, "cpu").verdict, Verdict::no_data);
  profile_mednext(narrow, 2110, 180, 3, 0, 480,
                  R"(,"networks":{"backbone_config":"{\"channels\":16}"})");
  EXPECT_EQ(judge(narrow, "cpu").verdict, Verdict::no_data);
  EXPECT_EQ(judge(narrow, "cpu").remark, "no profile of the paper's volume");
}

}  // namespace
}  // namespace nmsw::reporting
