#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "reporting/labels.h"
#include "tests/reporting/judged_claims.h"

namespace nmsw::reporting {
namespace {

using testing::around;
using ::testing::HasSubstr;
using testing::judge;
using testing::ScoreDatabase;
using testing::word_unet;

/// Two steps of 0.5 and ten iterations an epoch: a weight may move by 10.
void train_seeds(ScoreDatabase& database, const std::string& backbone, double weight, int seeds,
                 const std::string& start = "0.0") {
  for (int seed = 0; seed < seeds; ++seed) {
    database.train({"word", backbone, {"", "", "on", ""}},
                   {weight + 0.01 * seed, weight - 0.01 * seed}, seed,
                   R"({"model":{"class_weight_start":)" + start +
                       R"(},"training":{"iterations_per_epoch":10}})",
                   {0.5, 0.5});
  }
}

TEST(Trust, CountsTrainingsAndNeedsThreeOfThem) {
  ScoreDatabase database;
  train_seeds(database, "unet", 0.8, 3);
  train_seeds(database, "mednext", 0.9, 2);
  EXPECT_EQ(judge(database, "trust").verdict, Verdict::no_data);
  EXPECT_EQ(judge(database, "trust").remark,
            "MedNeXt, WORD: 2 of 3 trainings (seeds) that a backbone needs");
}

TEST(Trust, NeedsTrainingsInEveryPlaceOfTheGrid) {
  ScoreDatabase database;
  train_seeds(database, "unet", 0.8, 3);
  train_seeds(database, "mednext", 0.9, 3);
  database.evaluate(word_unet("sliding_window"), around(0.8));
  EXPECT_EQ(judge(database, "trust").verdict, Verdict::holds);
  database.evaluate({"totalsegmentator_organ", "unet", sliding_window_key()}, around(0.8));
  EXPECT_EQ(judge(database, "trust").verdict, Verdict::no_data);
  EXPECT_EQ(judge(database, "trust").remark,
            "UNet, Organ: 0 of 3 trainings (seeds) that a backbone needs");
}

TEST(Trust, HoldsWhereMedNextIsAboveEveryOtherBackbone) {
  for (const auto& [weight, verdict] :
       {std::pair(0.95, Verdict::holds), std::pair(0.8, Verdict::fails)}) {
    ScoreDatabase database;
    train_seeds(database, "unet", 0.9, 3);
    train_seeds(database, "mednext", weight, 3);
    const Judgement judgement = judge(database, "trust");
    EXPECT_EQ(judgement.verdict, verdict);
    EXPECT_NEAR(judgement.measured->mean, weight - 0.9, 1e-12);
    EXPECT_EQ(judgement.cells.at(0).what, "against UNet");
  }
}

TEST(Trust, IsUndecidedWhereTheWeightsDidNotMove) {
  ScoreDatabase database;
  // logit(0.9) = 2.197 and logit(0.95) = 2.944: within 0.75 of a start of 2.2, of 10 allowed.
  train_seeds(database, "unet", 0.9, 3, "2.2");
  train_seeds(database, "mednext", 0.95, 3, "2.2");
  const Judgement judgement = judge(database, "trust");
  EXPECT_EQ(judgement.verdict, Verdict::undecided);
  EXPECT_THAT(judgement.remark, HasSubstr("in 2 of 3 trainings of MedNeXt"));
  EXPECT_THAT(judgement.remark, HasSubstr("of what the optimiser's steps allow"));
  ASSERT_EQ(judgement.cells.size(), 1u);
  EXPECT_EQ(judgement.cells[0].verdict, Verdict::undecided) << "nor does the cell";
}

TEST(Trust, LooksAtEveryTrainingNotAtTheLargestMover) {
  ScoreDatabase database;
  train_seeds(database, "unet", 0.85, 3);
  train_seeds(database, "swin_unetr", 0.8, 3);
  train_seeds(database, "mednext", 0.95, 3);
  ASSERT_EQ(judge(database, "trust").verdict, Verdict::holds);
  // A fourth UNet training that stood still at its start, among three that moved.
  database.train({"word", "unet", {"", "", "on", ""}}, {0.86, 0.86}, 3,
                 R"({"model":{"class_weight_start":1.8},"training":{"iterations_per_epoch":10}})",
                 {0.5, 0.5});
  const Judgement judgement = judge(database, "trust");
  EXPECT_EQ(judgement.verdict, Verdict::undecided);
  EXPECT_THAT(judgement.remark, HasSubstr("in 1 of 4 trainings of UNet"));
  ASSERT_EQ(judgement.cells.size(), 2u);
  for (const Evidence& cell : judgement.cells) {
    EXPECT_EQ(cell.verdict, cell.what == "against UNet" ? Verdict::undecided : Verdict::holds)
        << cell.what;
  }
}

}  // namespace
}  // namespace nmsw::reporting
