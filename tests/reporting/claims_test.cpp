#include <algorithm>
#include <array>
#include <cmath>
#include <cstdlib>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "reporting/claims/catalog.h"
#include "reporting/paper_numbers.h"
#include "reporting/render.h"
#include "reporting/sections/sections.h"
#include "tests/reporting/score_database.h"

namespace nmsw::reporting {
namespace {

using ::testing::HasSubstr;
using testing::ScoreDatabase;
using testing::word_unet;

const Claim& claim_named(const std::string& name) {
  return *std::find_if(claim_catalog().begin(), claim_catalog().end(),
                       [&](const Claim& claim) { return claim.name == name; });
}

std::vector<Evidence> gather(const ScoreDatabase& database, const std::string& name) {
  const Claim& claim = claim_named(name);
  return claim.gather(claim, claim_input(database.store(), "made"));
}

/// Eight cases whose mean in every class is `mean`.
ScoreDatabase::Scores around(double mean) {
  return [mean](int i, int c) {
    constexpr std::array<double, 4> kOffsets{-0.001, 0, 0.001, 0};
    return mean + kOffsets[static_cast<size_t>((i * 3 + c) % 4)];
  };
}

TEST(Claim, DecidesByWhereTheIntervalLies) {
  Claim at_least = claim_named("accuracy");
  at_least.threshold = 0;
  EXPECT_EQ(decide(at_least, {0.02, 0.01, 0.03}), Verdict::holds);
  EXPECT_EQ(decide(at_least, {0.02, -0.01, 0.03}), Verdict::undecided);
  EXPECT_EQ(decide(at_least, {-0.02, -0.03, -0.01}), Verdict::fails);
  Claim at_most = at_least;
  at_most.bound = Bound::at_most;
  EXPECT_EQ(decide(at_most, {0.02, 0.01, 0.03}), Verdict::fails);
  EXPECT_EQ(decide(at_most, {-0.02, -0.03, 0.01}), Verdict::undecided);
  EXPECT_EQ(decide(at_most, {0, 0, 0}), Verdict::holds) << "the threshold itself is enough";
}

TEST(Claim, FailsWithAnyCellThatFails) {
  Evidence holds, fails, open;
  holds.verdict = Verdict::holds;
  fails.verdict = Verdict::fails;
  EXPECT_EQ(overall({holds, open}), Verdict::holds);
  EXPECT_EQ(overall({holds, open, fails}), Verdict::fails);
  EXPECT_EQ(overall({open}), Verdict::undecided);
  EXPECT_EQ(overall({}), Verdict::undecided);
}

TEST(Claim, WritesItsFigures) {
  EXPECT_EQ(interval_text(claim_named("accuracy"), {-0.0124, -0.02, 0.0001}),
            "−0.012 [−0.020, 0.000]");
  EXPECT_EQ(interval_text(claim_named("macs"), {90.74, 90.74, 90.74}), "90.7 %");
  EXPECT_EQ(figure_text(claim_named("gpu"), 11.52), "11.5×");
}

double number(const std::string& printed) {
  return printed.empty() ? std::nan("") : std::strtod(printed.c_str(), nullptr);
}

/// Every difference of two cells that the paper prints for a backbone and a dataset, sorted.
template <class Value>
std::vector<double> differences_of(const MethodKey& first, const MethodKey& second, Value value) {
  std::vector<double> differences;
  for (const std::string& backbone : paper_backbones()) {
    for (const std::string& dataset : paper_datasets()) {
      const double difference =
          number(value(backbone, first, dataset)) - number(value(backbone, second, dataset));
      if (!std::isnan(difference)) differences.push_back(difference);
    }
  }
  std::sort(differences.begin(), differences.end());
  return differences;
}

std::vector<double> cost_ratios(const char* metric) {
  std::vector<double> ratios;
  for (const std::string& backbone : paper_backbones()) {
    ratios.push_back(number(paper_value(backbone, {"sliding_window", "", "on", ""}, "", metric)) /
                     number(paper_value(backbone, {"nmsw", "30", "on", ""}, "", metric)));
  }
  std::sort(ratios.begin(), ratios.end());
  return ratios;
}

TEST(ClaimCatalog, TakesItsThresholdsFromThePapersWorstFigures) {
  const MethodKey window{"sliding_window", "", "on", ""};
  const auto key = [](const char* k, const char* weight = "on") {
    return MethodKey{"nmsw", k, weight, ""};
  };
  const auto table_2 = [](const std::string& backbone, const MethodKey& method,
                          const std::string& dataset) {
    return paper_value(backbone, method, dataset, "dsc");
  };
  EXPECT_NEAR(differences_of(key("30"), window, table_2).front(), claim_named("accuracy").threshold,
              1e-9);
  EXPECT_NEAR(differences_of(key("full"), window, table_2).front(), claim_named("full").threshold,
              1e-9);
  EXPECT_NEAR(differences_of(key("50"), key("30"), paper_ablation_value).back(),
              claim_named("saturation").threshold, 1e-9);
  const auto weights = differences_of(key("30"), key("30", "off"), paper_ablation_value);
  ASSERT_EQ(weights.size(), 9u);
  EXPECT_NEAR(weights.front(), claim_named("class-weights").threshold, 1e-9);
  EXPECT_NEAR(weights.back(), 0.017, 1e-9);
  const double saved = 100 * (1 - 1 / cost_ratios("macs_paper_t").front());
  EXPECT_LE(claim_named("macs").threshold, saved);
  EXPECT_NEAR(claim_named("macs").threshold, saved, 0.05);
  EXPECT_LE(claim_named("cpu").threshold, cost_ratios("cpu_s").front());
  EXPECT_NEAR(claim_named("cpu").threshold, cost_ratios("cpu_s").front(), 0.1);
  EXPECT_LE(claim_named("gpu").threshold, cost_ratios("gpu_s").front());
}

TEST(Claims, AccuracyHoldsWithinThePapersLossAndFailsBeyond) {
  for (const auto& [loss, verdict] :
       {std::pair(0.005, Verdict::holds), std::pair(0.05, Verdict::fails)}) {
    ScoreDatabase database;
    database.evaluate(word_unet("sliding_window"), around(0.85));
    database.evaluate(word_unet("nmsw", "30"),
                      [loss = loss](int i, int) { return 0.85 - loss + 0.001 * (i % 3); });
    const std::vector<Evidence> gathered = gather(database, "accuracy");
    ASSERT_EQ(gathered.size(), 1u);
    EXPECT_EQ(gathered[0].verdict, verdict);
    EXPECT_EQ(gathered[0].pairs, 8u);
    EXPECT_EQ(gathered[0].paper, "-0.007") << "0.845 - 0.852";
    EXPECT_TRUE(gathered[0].p.has_value());
  }
}

TEST(Claims, FewCasesDecideNothing) {
  ScoreDatabase database(5);
  database.evaluate(word_unet("sliding_window"), around(0.85));
  database.evaluate(word_unet("nmsw", "30"), around(0.85));
  const Evidence evidence = gather(database, "accuracy").at(0);
  EXPECT_EQ(evidence.verdict, Verdict::undecided);
  EXPECT_EQ(evidence.remark, "5 test cases, 6 are needed");
}

TEST(Claims, SayWhatIsNotRun) {
  ScoreDatabase database;
  database.evaluate(word_unet("sliding_window"), around(0.85));
  EXPECT_EQ(gather(database, "accuracy").at(0).remark, "NMSW (k=30) is not run");
  EXPECT_FALSE(gather(database, "accuracy").at(0).measured);
}

TEST(Claims, RandomForegroundMustLoseInEveryClass) {
  ScoreDatabase database;
  database.evaluate(word_unet("random_foreground", "5"), around(0.7));
  const auto better_in_both = [](int i, int c) { return 0.75 + 0.001 * ((i + c) % 3); };
  database.evaluate(word_unet("nmsw", "5"), better_in_both);
  database.evaluate(word_unet("random_foreground", "30"), around(0.7));
  database.evaluate(word_unet("nmsw", "30"),
                    [](int i, int c) { return (c == 1 ? 0.9 : 0.6) + 0.001 * ((i + c) % 3); });
  const std::vector<Evidence> gathered = gather(database, "random-foreground");
  ASSERT_EQ(gathered.size(), 2u);
  EXPECT_EQ(gathered[0].what, "k=5");
  EXPECT_EQ(gathered[0].verdict, Verdict::holds);
  EXPECT_EQ(gathered[1].verdict, Verdict::fails) << "better on average, worse in organ 2";
  EXPECT_EQ(gathered[1].remark, "least: organ 2; 1 of 2 classes hold");
}

TEST(Claims, ClassesInFewCasesDecideNothing) {
  ScoreDatabase database(8, 2);
  // Every class is in four of the eight cases.
  const auto half = [](double score) {
    return [score](int i, int c) -> std::optional<double> {
      return i % 2 == c % 2 ? std::optional<double>(score) : std::nullopt;
    };
  };
  database.evaluate(word_unet("random_foreground", "5"), half(0.7));
  database.evaluate(word_unet("nmsw", "5"), half(0.8));
  const Evidence evidence = gather(database, "random-foreground").at(0);
  EXPECT_EQ(evidence.verdict, Verdict::undecided);
  EXPECT_EQ(evidence.remark, "no class is in 6 test cases");
}

TEST(ClaimsSection, JudgesCostWithoutAnyEvaluation) {
  ScoreDatabase database;
  database.profile({"unet", "sliding_window", "", 63.2e12, 0});
  database.profile({"unet", "nmsw", "30", 5.85e12, 0});
  const Section section = claims_section({database.store(), {"made"}, false});
  EXPECT_THAT(render_markdown(section.tables.at(0)),
              HasSubstr("weakest: UNet, 480x480x480: 90.7 % | holds |"));
}

TEST(Claims, SaturationFailsWhereMorePatchesStillGain) {
  ScoreDatabase database;
  database.evaluate(word_unet("nmsw", "30"), around(0.80));
  database.evaluate(word_unet("nmsw", "50"), around(0.84));
  EXPECT_EQ(gather(database, "saturation").at(0).verdict, Verdict::fails);
}

TEST(Claims, ClassWeightsAreComparedWithTheirAblation) {
  ScoreDatabase database;
  database.evaluate(word_unet("nmsw", "30"), around(0.86));
  database.evaluate(word_unet("nmsw", "30", "off"), around(0.84));
  const Evidence evidence = gather(database, "class-weights").at(0);
  EXPECT_EQ(evidence.verdict, Verdict::holds);
  EXPECT_EQ(evidence.paper, "0.001") << "0.844 - 0.843 in the figure";
}

TEST(Claims, OnlyThePapersVolumeDecidesAboutCost) {
  for (const int64_t extent : {480, 96}) {
    ScoreDatabase database;
    database.profile({"unet", "sliding_window", "", 63.2e12, 135, extent});
    database.profile({"unet", "nmsw", "30", 5.85e12, 23.7, extent});
    const Verdict expected = extent == 480 ? Verdict::holds : Verdict::undecided;
    const Evidence macs = gather(database, "macs").at(0);
    EXPECT_EQ(macs.verdict, expected);
    EXPECT_NEAR(macs.measured->mean, 100 * (1 - 5.85 / 63.2), 1e-9);
    EXPECT_EQ(macs.paper, "90.7");
    const Evidence speed = gather(database, "cpu").at(0);
    EXPECT_EQ(speed.verdict, expected);
    EXPECT_NEAR(speed.measured->mean, 135 / 23.7, 1e-9);
    EXPECT_EQ(speed.paper, "5.7");
    EXPECT_TRUE(gather(database, "gpu").empty());
  }
}

TEST(Claims, MedNextMustHaveTheHighestClassWeights) {
  ScoreDatabase database;
  const std::vector<double> low{0.5, 0.55, 0.6, 0.52, 0.58, 0.61};
  std::vector<double> high = low;
  for (double& weight : high) weight += 0.2;
  database.train({"word", "unet", {"", "", "on", ""}}, low);
  database.train({"word", "mednext", {"", "", "on", ""}}, high);
  const std::vector<Evidence> gathered = gather(database, "trust");
  ASSERT_EQ(gathered.size(), 1u);
  EXPECT_EQ(gathered[0].verdict, Verdict::holds);
  EXPECT_EQ(gathered[0].what, "against UNet");
  EXPECT_NEAR(gathered[0].measured->mean, 0.2, 1e-12);
}

TEST(ClaimsSection, IsALineForEveryClaim) {
  ScoreDatabase database;
  database.evaluate(word_unet("sliding_window"), [](int, int) { return 0.85; });
  database.evaluate(word_unet("nmsw", "30"), [](int, int) { return 0.75; });
  const Section section = claims_section({database.store(), {"made"}, false});
  ASSERT_EQ(section.tables.size(), 2u);
  EXPECT_EQ(section.tables[0].rows.size(), claim_catalog().size());
  const std::string markdown = render_markdown(section.tables[0]);
  EXPECT_THAT(markdown,
              HasSubstr("| NMSW with 30 patches is about as accurate as the sliding window | DSC − "
                        "SW ≥ −0.016, the paper's largest loss (MedNeXt, Organ: 0.898 → 0.882) | "
                        "holds in 0 of 1 cells, fails in 1; weakest: UNet, WORD: −0.100 | does not "
                        "hold |\n"));
  EXPECT_THAT(markdown, HasSubstr("| NMSW (k=50) is not run | not enough data |\n"));
  EXPECT_THAT(render_markdown(section.tables[1]),
              HasSubstr("| accuracy | UNet | WORD | — | −0.100 | −0.007"));
}

}  // namespace
}  // namespace nmsw::reporting
