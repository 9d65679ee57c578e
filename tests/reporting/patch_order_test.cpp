#include "reporting/patch_order.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "reporting/comparison.h"
#include "tests/reporting/score_database.h"

namespace nmsw::reporting {
namespace {

using ::testing::DoubleNear;
using ::testing::ElementsAre;
using ::testing::Optional;
using testing::ScoreDatabase;
using testing::word_unet;

TEST(PatchOrder, ReadsAVariantsSettingsInAnyPlace) {
  for (const char* variant : {"preset=authors,order=coverage,gain=entropy,discount=0.5,draw=2",
                              "draw=2,discount=0.5,preset=authors,gain=entropy,order=coverage"}) {
    const VariantParts parts = variant_parts(variant);
    ASSERT_TRUE(parts.ranking) << variant;
    EXPECT_EQ(parts.ranking->order, PatchOrder::coverage);
    EXPECT_EQ(parts.ranking->gain, PatchGain::entropy);
    EXPECT_EQ(parts.ranking->discount, 0.5);
    EXPECT_EQ(parts.ranking->draw, 2);
    EXPECT_EQ(parts.rest, "preset=authors");
  }
}

TEST(PatchOrder, FillsInWhatAVariantLeavesOut) {
  const VariantParts plain = variant_parts("");
  EXPECT_FALSE(plain.ranking || plain.is_order);
  const VariantParts coverage = variant_parts("order=coverage");
  ASSERT_TRUE(coverage.ranking);
  EXPECT_EQ(coverage.ranking->gain, PatchGain::foreground);
  EXPECT_EQ(coverage.ranking->discount, 0);
  EXPECT_EQ(coverage.ranking->draw, 0);
  ASSERT_TRUE(variant_parts("gain=classes").ranking);
  EXPECT_EQ(variant_parts("gain=classes").ranking->order, PatchOrder::coverage)
      << "no other order has a gain";
}

TEST(PatchOrder, TakesWhatItDoesNotKnowForAnotherOrder) {
  for (const char* variant : {"order=astrology", "order=coverage,discount=much", "draw=3",
                              "order=coverage,gain=gold", "order="}) {
    EXPECT_FALSE(variant_parts(variant).ranking) << variant;
    EXPECT_TRUE(has_other_order({"nmsw", "5", "on", variant})) << variant;
    EXPECT_EQ(without_draw(variant), variant);
    EXPECT_FALSE(order_of({"nmsw", "5", "on", variant})) << variant;
  }
}

TEST(PatchOrder, OfTheScoresIsNmswItself) {
  for (const char* variant : {"order=scores", "order=learned", "order=scores,draw=1"}) {
    EXPECT_EQ(without_draw(variant), "") << variant;
    EXPECT_FALSE(is_control({"nmsw", "5", "on", variant})) << variant;
  }
  EXPECT_EQ(order_key({}, "5"), nmsw_key("5"));
}

TEST(PatchOrder, HasOneKeyForAllDraws) {
  EXPECT_EQ(without_draw("order=random_foreground,draw=3"), random_order_key("5").variant);
  EXPECT_EQ(without_draw("order=random_foreground"), random_order_key("5").variant);
  EXPECT_EQ(without_draw("preset=authors,order=initial_scores,draw=1"),
            "preset=authors,order=initial_scores");
  EXPECT_EQ(without_draw("order=coverage"), "order=coverage,gain=foreground,discount=0");
  EXPECT_EQ(without_draw("discount=0.50,order=coverage,gain=entropy"),
            "order=coverage,gain=entropy,discount=0.5");
  EXPECT_EQ(without_draw("estimator=authors"), "estimator=authors");
}

TEST(PatchOrder, IsNamedInTheMethodsLabel) {
  const auto label = [](const std::string& variant) {
    return method_label({"nmsw", "5", "on", variant});
  };
  EXPECT_EQ(label("order=coverage,gain=entropy,discount=0.5"),
            "NMSW (k=5), ranked by coverage (entropy, discount 0.5)");
  EXPECT_EQ(label("order=random_foreground"), "NMSW (k=5), random order");
  EXPECT_EQ(label("order=entropy"), "NMSW (k=5), ranked by most entropy");
  EXPECT_EQ(label("preset=authors,order=oracle"),
            "NMSW (k=5), ranked by the oracle, preset=authors");
  EXPECT_EQ(label("order=astrology"), "NMSW (k=5), order=astrology");
  EXPECT_EQ(label("estimator=authors"), "NMSW (k=5), estimator=authors");
}

/// Three draws: 0.1, 0.2 and 0.6 above what depends on case and class.
TEST(DrawsOfAnOrder, AreAveragedIntoOneRow) {
  ScoreDatabase database(2, 2);
  const std::vector<std::pair<const char*, double>> draws{{"order=random_foreground", 0.1},
                                                          {"order=random_foreground,draw=1", 0.2},
                                                          {"order=random_foreground,draw=2", 0.6}};
  for (const auto& [variant, level] : draws) {
    database.evaluate(word_unet("nmsw", "5", "on", variant),
                      [level = level](int i, int c) { return level + 0.01 * i + 0.02 * c; });
  }
  database.evaluate(word_unet("nmsw", "5"), [](int, int) { return 0.5; });
  const auto rows = read_comparison(database.store(), "made");
  ASSERT_EQ(rows.size(), 2u);
  const ComparisonRow* random = find_row(rows, "word", "unet", random_order_key("5"));
  ASSERT_NE(random, nullptr);
  EXPECT_EQ(random->draws, 3);
  EXPECT_TRUE(random->is_complete);
  EXPECT_THAT(random->dsc, Optional(DoubleNear(0.3 + 0.005 + 0.03, 1e-12)));
  const CaseScores scores(database.store(), "made", "dsc");
  EXPECT_THAT(scores.differences(word_unet("nmsw", "5"), {"word", "unet", random_order_key("5")}),
              ElementsAre(ElementsAre(DoubleNear(0.5 - 0.33, 1e-12)),
                          ElementsAre(DoubleNear(0.5 - 0.34, 1e-12))));
}

TEST(DrawsOfAnOrder, AreCompleteWhereAllAre) {
  ScoreDatabase database(2, 2);
  database.evaluate({"word", "unet", random_order_key("5")}, [](int, int) { return 0.5; });
  database.plan(word_unet("nmsw", "5", "on", "order=random_foreground,draw=1"));
  const auto rows = read_comparison(database.store(), "made");
  ASSERT_EQ(rows.size(), 1u);
  EXPECT_FALSE(rows[0].is_complete);
  EXPECT_EQ(progress_text(rows[0]), "0/2 cases");
  EXPECT_FALSE(rows[0].dsc) << "no mean of some of the draws";
}

/// A case that one draw lacks a class of has that class's mean of no draw.
TEST(DrawsOfAnOrder, AreAveragedOverWhatAllOfThemHave) {
  ScoreDatabase database(2, 2);
  database.evaluate({"word", "unet", random_order_key("5")}, [](int, int) { return 0.4; });
  database.evaluate(word_unet("nmsw", "5", "on", "order=random_foreground,draw=1"),
                    [](int i, int c) -> std::optional<double> {
                      if (i == 1 && c == 2) return std::nullopt;
                      return c == 1 ? 0.6 : 0.8;
                    });
  database.evaluate(word_unet("nmsw", "5"), [](int, int) { return 0.9; });
  const CaseScores scores(database.store(), "made", "dsc");
  EXPECT_THAT(scores.differences(word_unet("nmsw", "5"), {"word", "unet", random_order_key("5")}),
              ElementsAre(ElementsAre(DoubleNear((0.4 + 0.3) / 2, 1e-12)),
                          ElementsAre(DoubleNear(0.4, 1e-12))));
}

}  // namespace
}  // namespace nmsw::reporting
