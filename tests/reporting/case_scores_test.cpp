#include "reporting/case_scores.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/reporting/score_database.h"

namespace nmsw::reporting {
namespace {

using ::testing::DoubleNear;
using ::testing::ElementsAre;
using ::testing::IsEmpty;
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
  EXPECT_THAT(
      scores_in(database).class_differences(word_unet("nmsw", "30"), word_unet("sliding_window"),
                                            2),
      ElementsAre(ElementsAre(DoubleNear(0.7, 1e-12)), ElementsAre(DoubleNear(0.8, 1e-12))));
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

TEST(CaseScores, HasNoPairsWithACellThatIsNotThere) {
  ScoreDatabase database(2, 1);
  database.evaluate(word_unet("sliding_window"), [](int, int) { return 0.5; });
  EXPECT_THAT(scores_in(database).differences(word_unet("nmsw", "30"), word_unet("sliding_window")),
              IsEmpty());
}

}  // namespace
}  // namespace nmsw::reporting
