#include "reporting/case_scores.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/reporting/score_database.h"

namespace nmsw::reporting {
namespace {

using ::testing::DoubleNear;
using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::Pair;
using testing::ScoreDatabase;
using testing::word_unet;

CaseScores scores_in(const ScoreDatabase& database) { return {database.store(), "made", "dsc"}; }

TEST(CaseScores, PairsCasesAndAveragesOverClasses) {
  ScoreDatabase database(2, 2);
  database.evaluate(word_unet("nmsw", "30"), [](int i, int c) { return 0.5 + 0.1 * i + 0.2 * c; });
  database.evaluate(word_unet("sliding_window"), [](int, int c) { return 0.1 * c; });
  // Case 0: (0.7 - 0.1 + 0.9 - 0.2) / 2; case 1 is 0.1 higher.
  EXPECT_THAT(
      scores_in(database).differences(word_unet("nmsw", "30"), word_unet("sliding_window")),
      ElementsAre(ElementsAre(DoubleNear(0.65, 1e-12)), ElementsAre(DoubleNear(0.75, 1e-12))));
  EXPECT_THAT(scores_in(database).by_case(word_unet("nmsw", "30"), word_unet("sliding_window"), 2),
              ElementsAre(Pair("case_00", ElementsAre(Pair(0, DoubleNear(0.7, 1e-12)))),
                          Pair("case_01", ElementsAre(Pair(0, DoubleNear(0.8, 1e-12))))));
}

TEST(CaseScores, ComparesClassesThatBothSidesDefine) {
  ScoreDatabase database(2, 2);
  database.evaluate(word_unet("nmsw", "30"), [](int i, int c) -> std::optional<double> {
    if (i == 1 || c == 2) return std::nullopt;
    return 0.8;
  });
  database.evaluate(word_unet("sliding_window"), [](int, int) { return 0.5; });
  EXPECT_THAT(scores_in(database).differences(word_unet("nmsw", "30"), word_unet("sliding_window")),
              ElementsAre(ElementsAre(DoubleNear(0.3, 1e-12))))
      << "case 1 has no class in common";
}

TEST(CaseScores, PairsSeeds) {
  ScoreDatabase database(2, 1);
  for (const int64_t seed : {0, 1}) {
    database.evaluate(
        word_unet("nmsw", "30"), [&](int i, int) { return 0.5 + 0.1 * i + 0.2 * seed; }, seed);
    database.evaluate(
        word_unet("sliding_window"), [](int, int) { return 0.5; }, seed);
  }
  database.evaluate(
      word_unet("sliding_window"), [](int, int) { return 0.5; }, 7);
  EXPECT_THAT(scores_in(database).differences(word_unet("nmsw", "30"), word_unet("sliding_window")),
              ElementsAre(ElementsAre(DoubleNear(0.0, 1e-12), DoubleNear(0.2, 1e-12)),
                          ElementsAre(DoubleNear(0.1, 1e-12), DoubleNear(0.3, 1e-12))));
}

TEST(CaseSample, AveragesOverSeedsThenBackbones) {
  ScoreDatabase database(2, 1);
  for (const char* backbone : {"unet", "mednext"}) {
    const double gain = backbone == std::string("unet") ? 0.1 : 0.3;
    for (const int64_t seed : {0, 1}) {
      const auto better = [&](int i, int) { return 0.2 + gain + 0.02 * i + 0.01 * seed; };
      database.evaluate({"word", backbone, {"nmsw", "30", "on", ""}}, better, seed);
      database.evaluate(
          {"word", backbone, {"sliding_window", "", "on", ""}}, [](int, int) { return 0.2; }, seed);
    }
  }
  // A third seed of one backbone alone does not count.
  database.evaluate(
      word_unet("nmsw", "30"), [](int, int) { return 0.9; }, 2);
  database.evaluate(
      word_unet("sliding_window"), [](int, int) { return 0.1; }, 2);
  const CaseSample sample =
      case_sample(scores_in(database), {{word_unet("nmsw", "30"), word_unet("sliding_window")},
                                        {{"word", "mednext", {"nmsw", "30", "on", ""}},
                                         {"word", "mednext", {"sliding_window", "", "on", ""}}}});
  EXPECT_THAT(sample.cases, ElementsAre(DoubleNear(0.205, 1e-12), DoubleNear(0.225, 1e-12)));
  EXPECT_THAT(sample.seeds, ElementsAre(DoubleNear(0.21, 1e-12), DoubleNear(0.22, 1e-12)));
}

TEST(CaseScores, HasNoPairsWithACellThatIsNotThere) {
  ScoreDatabase database(2, 1);
  database.evaluate(word_unet("sliding_window"), [](int, int) { return 0.5; });
  EXPECT_THAT(scores_in(database).differences(word_unet("nmsw", "30"), word_unet("sliding_window")),
              IsEmpty());
}

}  // namespace
}  // namespace nmsw::reporting
