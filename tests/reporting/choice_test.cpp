#include "reporting/claims/choice.h"

#include <cmath>
#include <tuple>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/reporting/judged_claims.h"
#include "tests/reporting/judged_orders.h"

namespace nmsw::reporting {
namespace {

using testing::by_turns;
using testing::choice_of;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using testing::kOfPatients;
using testing::kOfPhantoms;
using testing::level;
using ::testing::Not;
using testing::order_named;
using testing::random_foreground;
using testing::ScoreDatabase;
using ::testing::SizeIs;
using testing::verdict_on;
using testing::word_unet;

/// 97.5 % quantiles of Student's distribution with 7 and 2 degrees of freedom, from its tables.
constexpr double kStudent7 = 2.364624, kStudent2 = 4.302653;

/// Eight cases. Two draws of the random order that are 0.3 apart in each case, and on average 0.02
/// below the learned order but for 0.01 up and down by turns.
void evaluate_draws(ScoreDatabase& database) {
  database.evaluate({"word", "unet", nmsw_key("5")}, by_turns(0.82), 0, kOfPhantoms);
  database.evaluate({"word", "unet", random_order_key("5")}, level(0.65), 0, kOfPhantoms);
  database.evaluate(word_unet("nmsw", "5", "on", "order=random_foreground,draw=1"), level(0.95), 0,
                    kOfPhantoms);
}

TEST(Choice, IsJudgedFromTheMeanOfTheDraws) {
  ScoreDatabase database;
  evaluate_draws(database);
  const auto verdicts = choice_of(database);
  ASSERT_THAT(verdicts, SizeIs(1));
  const Judgement& judgement = verdicts[0].judgement;
  ASSERT_TRUE(judgement.measured);
  // The cases' standard deviation is 0.01·√(8/7), their mean's that over √8. No skewness.
  const double reach = kStudent7 * 0.01 / std::sqrt(7.0);
  EXPECT_NEAR(judgement.measured->mean, 0.02, 1e-9);
  EXPECT_NEAR(judgement.measured->low, 0.02 - reach, 1e-6);
  EXPECT_NEAR(judgement.measured->high, 0.02 + reach, 1e-6);
  EXPECT_EQ(judgement.verdict, Verdict::holds);
  EXPECT_EQ(judgement.count, "8 cases, 1 seed");
  EXPECT_EQ(judgement.scope, "of these trained networks, on phantoms (WORD)");
}

TEST(Choice, MayTurnWithTheNumberOfPatches) {
  ScoreDatabase database;
  database.evaluate({"word", "unet", nmsw_key("1")}, by_turns(0.52));
  database.evaluate({"word", "unet", random_order_key("1")}, level(0.50));
  database.evaluate({"word", "unet", nmsw_key("10")}, by_turns(0.701));
  database.evaluate({"word", "unet", random_order_key("10")}, level(0.70));
  database.evaluate({"word", "unet", nmsw_key("30")}, by_turns(0.78));
  database.evaluate({"word", "unet", random_order_key("30")}, level(0.80));
  const auto verdicts = choice_of(database);
  ASSERT_THAT(verdicts, SizeIs(3));
  EXPECT_EQ(verdict_on(verdicts, random_foreground(), "1")->judgement.verdict, Verdict::holds);
  const Judgement& open = verdict_on(verdicts, random_foreground(), "10")->judgement;
  EXPECT_EQ(open.verdict, Verdict::undecided);
  EXPECT_THAT(open.to_decide, HasSubstr("more cases would decide it"));
  EXPECT_EQ(verdict_on(verdicts, random_foreground(), "30")->judgement.verdict, Verdict::fails);
}

TEST(Choice, OfOneCaseSaysThatMoreAreNeeded) {
  ScoreDatabase database(1, 2);
  database.evaluate({"word", "unet", nmsw_key("5")}, level(0.9));
  database.evaluate({"word", "unet", random_order_key("5")}, level(0.1));
  const auto verdicts = choice_of(database);
  ASSERT_THAT(verdicts, SizeIs(1));
  EXPECT_EQ(verdicts[0].judgement.verdict, Verdict::no_data);
  EXPECT_FALSE(verdicts[0].judgement.measured);
  EXPECT_THAT(verdicts[0].judgement.remark, HasSubstr("1 test case, 6 are needed"));
}

/// On patients the learned order wins by 0.02, on phantoms it loses by as much: a mean over both
/// would be 0.
TEST(Choice, OfPhantomsAndOfPatientsIsJudgedApart) {
  ScoreDatabase database;
  for (const auto& [dataset, gain, config] :
       {std::tuple("word", 0.02, kOfPatients),
        std::tuple("totalsegmentator_organ", -0.02, kOfPhantoms)}) {
    database.evaluate({dataset, "unet", nmsw_key("5")}, by_turns(0.7 + gain), 0, config);
    database.evaluate({dataset, "unet", random_order_key("5")}, level(0.7), 0, config);
  }
  const auto verdicts = choice_of(database);
  ASSERT_THAT(verdicts, SizeIs(2));
  EXPECT_EQ(verdicts[0].source, DataSource::real);
  EXPECT_EQ(verdicts[0].judgement.verdict, Verdict::holds);
  EXPECT_EQ(verdicts[0].judgement.scope, "of these trained networks, on real cases (WORD)");
  EXPECT_EQ(verdicts[1].source, DataSource::phantom);
  EXPECT_EQ(verdicts[1].judgement.verdict, Verdict::fails);
  EXPECT_EQ(verdicts[1].judgement.count, "8 cases, 1 seed");
}

TEST(Choice, IsPooledOverBackbonesAndJudgedForEach) {
  ScoreDatabase database;
  for (const auto& [backbone, gain] : {std::pair("unet", 0.05), std::pair("mednext", -0.02)}) {
    database.evaluate({"word", backbone, nmsw_key("5")}, by_turns(0.7 + gain));
    database.evaluate({"word", backbone, random_order_key("5")}, level(0.7));
  }
  const auto verdicts = choice_of(database);
  ASSERT_THAT(verdicts, SizeIs(3));
  EXPECT_EQ(verdicts[0].backbone, "") << "pooled first";
  EXPECT_NEAR(verdicts[0].judgement.measured->mean, 0.015, 1e-9);
  EXPECT_EQ(verdicts[0].judgement.verdict, Verdict::holds);
  EXPECT_EQ(verdict_on(verdicts, random_foreground(), "5", "unet")->judgement.verdict,
            Verdict::holds);
  EXPECT_EQ(verdict_on(verdicts, random_foreground(), "5", "mednext")->judgement.verdict,
            Verdict::fails);
}

/// Nothing varies between cases, all between the trainings: 0.01, 0.02, 0.03.
TEST(Choice, CountsTheNoiseOfThreeTrainings) {
  for (const int seeds : {2, 3}) {
    ScoreDatabase database;
    for (int64_t seed = 0; seed < seeds; ++seed) {
      const double gain = 0.01 * static_cast<double>(seed + 1);
      database.evaluate({"word", "unet", nmsw_key("5")}, level(0.7 + gain), seed);
      database.evaluate({"word", "unet", random_order_key("5")}, level(0.7), seed);
    }
    const auto verdicts = choice_of(database);
    ASSERT_THAT(verdicts, SizeIs(1));
    const Judgement& judgement = verdicts[0].judgement;
    ASSERT_TRUE(judgement.measured);
    if (seeds == 2) {
      EXPECT_NEAR(judgement.measured->low, 0.015, 1e-9);
      EXPECT_THAT(judgement.scope, HasSubstr("of these trained networks"));
      EXPECT_EQ(judgement.verdict, Verdict::holds);
    } else {
      EXPECT_NEAR(judgement.measured->low, 0.02 - kStudent2 * 0.01 / std::sqrt(3.0), 1e-6);
      EXPECT_THAT(judgement.scope, Not(HasSubstr("of these trained networks")));
      EXPECT_EQ(judgement.verdict, Verdict::undecided);
    }
  }
}

TEST(Choice, IsNotJudgedAgainstTheOracleNorWithAllPatches) {
  ScoreDatabase database;
  for (const char* k : {"5", "full"}) {
    database.evaluate({"word", "unet", nmsw_key(k)}, level(0.7));
    database.evaluate({"word", "unet", order_key(order_named(PatchOrder::oracle), k)}, level(0.9));
    database.evaluate({"word", "unet", order_key(order_named(PatchOrder::entropy), k)}, level(0.6));
  }
  const auto verdicts = choice_of(database);
  ASSERT_THAT(verdicts, SizeIs(1));
  EXPECT_EQ(verdicts[0].other.order, PatchOrder::entropy);
  EXPECT_EQ(verdicts[0].k, "5");
}

TEST(Choice, SaysWhereBothOrdersTakeTheSamePatches) {
  ScoreDatabase database;
  database.evaluate({"word", "unet", nmsw_key("50")}, by_turns(0.7));
  database.evaluate({"word", "unet", random_order_key("50")}, by_turns(0.7));
  const auto verdicts = choice_of(database);
  ASSERT_THAT(verdicts, SizeIs(1));
  EXPECT_EQ(verdicts[0].judgement.verdict, Verdict::fails);
  EXPECT_THAT(verdicts[0].judgement.remark, HasSubstr("no case differs"));
}

TEST(Choice, LacksDataWhereABackboneOrADrawDoes) {
  ScoreDatabase database;
  const OrderSettings entropy = order_named(PatchOrder::entropy);
  for (const char* backbone : {"unet", "mednext"}) {
    database.evaluate({"word", backbone, nmsw_key("5")}, by_turns(0.7));
    database.evaluate({"word", backbone, random_order_key("5")}, level(0.6));
  }
  database.evaluate({"word", "unet", order_key(entropy, "5")}, level(0.6));
  database.plan(word_unet("nmsw", "5", "on", "order=random_foreground,draw=1"));
  const auto verdicts = choice_of(database);
  const auto* pooled = verdict_on(verdicts, entropy, "5", "");
  ASSERT_NE(pooled, nullptr);
  EXPECT_EQ(pooled->judgement.verdict, Verdict::no_data);
  EXPECT_THAT(pooled->judgement.remark, HasSubstr("ranked by most entropy is not run"));
  EXPECT_EQ(verdict_on(verdicts, entropy, "5", "unet")->judgement.verdict, Verdict::holds);
  EXPECT_EQ(verdict_on(verdicts, entropy, "5", "mednext"), nullptr);
  const Judgement& half = verdict_on(verdicts, random_foreground(), "5", "unet")->judgement;
  EXPECT_EQ(half.verdict, Verdict::no_data);
  EXPECT_THAT(half.remark, HasSubstr("random order has 0/8 cases"));
}

TEST(Choice, NeedsTheLearnedOrderAndAnother) {
  ScoreDatabase learned;
  learned.evaluate({"word", "unet", nmsw_key("5")}, level(0.7));
  EXPECT_THAT(choice_datasets(claim_input(learned.store(), "made")), IsEmpty());
  ScoreDatabase other;
  other.evaluate({"word", "unet", sliding_window_key()}, level(0.7));
  other.evaluate({"word", "unet", random_order_key("5")}, level(0.7));
  EXPECT_THAT(choice_datasets(claim_input(other.store(), "made")), IsEmpty());
  EXPECT_THAT(choice_of(other), IsEmpty());
}

/// A list of orders in the grid names the learned one as well.
TEST(Choice, TakesAListedOrderOfTheScoresForTheLearnedOne) {
  ScoreDatabase database;
  database.evaluate(word_unet("nmsw", "5", "on", "order=scores"), by_turns(0.8));
  database.evaluate({"word", "unet", random_order_key("5")}, level(0.7));
  const auto verdicts = choice_of(database);
  ASSERT_THAT(verdicts, SizeIs(1));
  EXPECT_EQ(verdicts[0].judgement.verdict, Verdict::holds);
}

/// The authors' preset ranks its own networks: its rows are neither the learned order's nor another.
TEST(Choice, LeavesOtherVariantsOut) {
  ScoreDatabase database;
  evaluate_draws(database);
  database.evaluate(word_unet("nmsw", "5", "on", "preset=authors,order=entropy"), level(0.1));
  database.evaluate(word_unet("nmsw", "5", "off", "order=foreground"), level(0.1));
  EXPECT_THAT(choice_of(database), SizeIs(1));
}

/// Only coverage is run: the claim on random foreground has no random order of NMSW's networks.
TEST(Claims, RandomForegroundIsThePapersWhereNoRandomOrderIsRun) {
  ScoreDatabase database;
  database.evaluate({"word", "unet", nmsw_key("5")}, by_turns(0.8));
  database.evaluate(word_unet("random_foreground", "5"), level(0.7));
  database.evaluate({"word", "unet", order_key(order_named(PatchOrder::coverage), "5")},
                    level(0.9));
  const Judgement judgement = testing::judge(database, "random-foreground");
  EXPECT_EQ(judgement.verdict, Verdict::holds);
  EXPECT_THAT(judgement.remark, HasSubstr("the paper's random foreground"));
}

}  // namespace
}  // namespace nmsw::reporting
