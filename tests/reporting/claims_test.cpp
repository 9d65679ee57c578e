#include <algorithm>
#include <cmath>
#include <cstdlib>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "reporting/paper_numbers.h"
#include "reporting/render.h"
#include "reporting/sections/sections.h"
#include "tests/reporting/judged_claims.h"

namespace nmsw::reporting {
namespace {

using testing::around;
using testing::claim_named;
using ::testing::HasSubstr;
using testing::judge;
using testing::ScoreDatabase;
using testing::word_unet;

constexpr const char* kPhantoms = R"({"data":{"source":"phantom"}})";

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

TEST(Claim, OfMoreThanAThresholdDoesNotHoldOnIt) {
  for (const char* name : {"random-foreground", "trust"}) {
    const Claim& claim = claim_named(name);
    EXPECT_THAT(std::string(claim.threshold_text), HasSubstr("> 0"));
    EXPECT_EQ(decide(claim, {0.01, 0, 0.02}), Verdict::undecided) << name;
    EXPECT_EQ(decide(claim, {0, 0, 0}), Verdict::fails) << name;
    EXPECT_EQ(decide(claim, {0.01, 0.001, 0.02}), Verdict::holds) << name;
  }
}

TEST(Claim, IsOneOfNonInferiorityWhereNoDifferenceMeetsIt) {
  EXPECT_TRUE(allows_no_difference(claim_named("accuracy")));
  EXPECT_TRUE(allows_no_difference(claim_named("saturation")));
  EXPECT_FALSE(allows_no_difference(claim_named("cpu")));
  EXPECT_FALSE(allows_no_difference(claim_named("random-foreground")));
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
  // MedNeXt's 2110 → 189 s; the sentence on the GPU says less than its own 99.0 → 8.3 s.
  EXPECT_NEAR(claim_named("cpu").threshold, 2110.0 / 189, 0.1);
  EXPECT_LE(claim_named("gpu").threshold, 99.0 / 8.3);
}

TEST(Claims, AccuracyHoldsWithinThePapersLossAndFailsBeyond) {
  for (const auto& [loss, verdict] :
       {std::pair(0.005, Verdict::holds), std::pair(0.05, Verdict::fails)}) {
    ScoreDatabase database;
    database.evaluate(word_unet("sliding_window"), around(0.85), 0, kPhantoms);
    database.evaluate(
        word_unet("nmsw", "30"),
        [loss = loss](int i, int) { return 0.85 - loss + 0.001 * (i % 3); }, 0, kPhantoms);
    const Judgement judgement = judge(database, "accuracy");
    EXPECT_EQ(judgement.verdict, verdict);
    EXPECT_EQ(judgement.count, "8 cases, 1 seed");
    EXPECT_EQ(judgement.scope, "of these trained networks, on phantoms (WORD)");
    ASSERT_EQ(judgement.cells.size(), 1u);
    EXPECT_EQ(judgement.cells[0].verdict, verdict);
    EXPECT_EQ(judgement.cells[0].paper, "-0.007") << "0.845 - 0.852";
    EXPECT_TRUE(judgement.cells[0].p.has_value());
  }
}

/// Scores of one method in every place: `mean` plus noise that is the case's own, plus the place's.
void evaluate_places(ScoreDatabase& database, const MethodKey& key, double mean, double noise) {
  for (const char* dataset : {"word", "totalsegmentator_organ"}) {
    for (const char* backbone : {"unet", "mednext"}) {
      const double own = backbone == std::string("unet") ? 0.01 : -0.01;
      database.evaluate({dataset, backbone, key},
                        [=](int i, int) { return mean + own + (i % 2 == 0 ? noise : -noise); });
    }
  }
}

TEST(Claims, PoolBackbonesByCaseAndDataSetsByMean) {
  ScoreDatabase database;
  evaluate_places(database, sliding_window_key(), 0.85, 0);
  evaluate_places(database, nmsw_key("30"), 0.85, 0.01);
  const Judgement judgement = judge(database, "accuracy");
  // Eight cases at ±0.01 in each of two data sets; backbones are averaged before they are counted.
  EXPECT_EQ(judgement.count, "16 cases in 2 data sets, 1 seed");
  ASSERT_TRUE(judgement.measured);
  EXPECT_NEAR(judgement.measured->mean, 0, 1e-12);
  const double error = std::sqrt(2 * (0.0008 / 7 / 8) / 4);
  EXPECT_NEAR(judgement.measured->high, 2.144787 * error, 1e-6) << "t(0.975, 14)";
  EXPECT_EQ(judgement.verdict, Verdict::holds);
  EXPECT_THAT(judgement.remark, HasSubstr("methods that do not differ would hold too"));
  EXPECT_THAT(judgement.remark, HasSubstr("of 4 cells 4 hold alone, 0 do not"));
}

TEST(Claims, SayHowManyMoreCasesWouldDecide) {
  ScoreDatabase database;
  database.evaluate(word_unet("sliding_window"), [](int, int) { return 0.85; });
  database.evaluate(word_unet("nmsw", "30"),
                    [](int i, int) { return 0.84 + (i % 2 == 0 ? 0.02 : -0.02); });
  const Judgement judgement = judge(database, "accuracy");
  EXPECT_EQ(judgement.verdict, Verdict::undecided);
  // The mean is 0.006 above the threshold, the interval reaches 2.365 · 0.02138/√8 = 0.01787:
  // 8 · ((0.017875/0.006)² - 1) = 63.004 cases.
  EXPECT_EQ(judgement.to_decide, "about 64 more cases would decide it if the mean stayed");
}

TEST(Claims, WithThreeSeedsSpeakOfMoreThanTheTrainedNetworks) {
  ScoreDatabase database;
  for (const int64_t seed : {0, 1, 2}) {
    database.evaluate(word_unet("sliding_window"), around(0.85), seed);
    database.evaluate(word_unet("nmsw", "30"), around(0.85 + 0.03 * (seed - 1)), seed);
  }
  const Judgement judgement = judge(database, "accuracy");
  EXPECT_EQ(judgement.scope, "on cases of unknown kind (WORD)");
  EXPECT_EQ(judgement.verdict, Verdict::undecided) << "trainings differ by more than the margin";
}

TEST(Claims, FewCasesDecideNothing) {
  ScoreDatabase database(5);
  database.evaluate(word_unet("sliding_window"), around(0.85));
  database.evaluate(word_unet("nmsw", "30"), around(0.85));
  const Judgement judgement = judge(database, "accuracy");
  EXPECT_EQ(judgement.verdict, Verdict::no_data);
  EXPECT_EQ(judgement.remark, "UNet, WORD: 5 test cases, 6 are needed");
}

TEST(Claims, AMissingCellIsNotEnoughData) {
  ScoreDatabase database;
  database.evaluate(word_unet("sliding_window"), around(0.85));
  database.evaluate(word_unet("nmsw", "30"), around(0.85));
  database.evaluate({"word", "mednext", sliding_window_key()}, around(0.85));
  const Judgement judgement = judge(database, "accuracy");
  EXPECT_EQ(judgement.verdict, Verdict::no_data);
  EXPECT_EQ(judgement.remark, "MedNeXt, WORD: NMSW (k=30) is not run");
  EXPECT_EQ(judgement.cells.at(0).verdict, Verdict::holds) << "the other cell is shown";
}

/// Left out of the grid, not only unfinished: backbones and data sets would be confounded.
TEST(Claims, ACellThatNobodyPlannedIsMissing) {
  ScoreDatabase database;
  for (const char* backbone : {"unet", "mednext"}) {
    for (const char* dataset : {"word", "totalsegmentator_organ"}) {
      if (std::string(backbone) == "mednext" && std::string(dataset) != "word") continue;
      database.evaluate({dataset, backbone, sliding_window_key()}, around(0.8));
      database.evaluate({dataset, backbone, nmsw_key("30")}, around(0.9));
    }
  }
  EXPECT_EQ(judge(database, "accuracy").verdict, Verdict::no_data);
  EXPECT_EQ(judge(database, "accuracy").remark, "MedNeXt, Organ: NMSW (k=30) is not run");
}

TEST(Claims, PhantomsAndPatientsAreNotAveraged) {
  ScoreDatabase database;
  for (const auto& [dataset, source] :
       {std::pair("word", "real"), std::pair("totalsegmentator_organ", "phantom")}) {
    const std::string config = std::string(R"({"data":{"source":")") + source + "\"}}";
    database.evaluate({dataset, "unet", sliding_window_key()}, around(0.8), 0, config);
    database.evaluate({dataset, "unet", nmsw_key("30")}, around(0.9), 0, config);
  }
  const Judgement judgement = judge(database, "accuracy");
  EXPECT_EQ(judgement.verdict, Verdict::no_data);
  EXPECT_THAT(judgement.remark, HasSubstr("phantoms and other data are mixed: phantoms (Organ), "
                                          "real cases (WORD)"));
}

TEST(Claims, OnEveryOrganAndTrustDoNotMixPhantomsAndPatientsEither) {
  ScoreDatabase database;
  for (const auto& [dataset, source] :
       {std::pair("word", "real"), std::pair("totalsegmentator_organ", "phantom")}) {
    const std::string config = std::string(R"({"data":{"source":")") + source + "\"}}";
    for (const char* backbone : {"unet", "mednext"}) {
      database.evaluate({dataset, backbone, {"random_foreground", "5", "on", ""}}, around(0.7), 0,
                        config);
      database.evaluate({dataset, backbone, nmsw_key("5")}, around(0.8), 0, config);
      for (const int64_t seed : {0, 1, 2})
        database.train({dataset, backbone, {"", "", "on", ""}}, {0.9, 0.8}, seed);
    }
  }
  for (const char* name : {"random-foreground", "trust"}) {
    EXPECT_EQ(judge(database, name).verdict, Verdict::no_data) << name;
    EXPECT_THAT(judge(database, name).remark, HasSubstr("phantoms (Organ), real cases (WORD)"))
        << name;
  }
}

TEST(Claims, SaturationFailsWhereMorePatchesStillGain) {
  ScoreDatabase database;
  database.evaluate(word_unet("nmsw", "30"), around(0.80));
  database.evaluate(word_unet("nmsw", "50"), around(0.84));
  EXPECT_EQ(judge(database, "saturation").verdict, Verdict::fails);
}

TEST(Claims, ClassWeightsAreComparedWithTheirAblation) {
  ScoreDatabase database;
  database.evaluate(word_unet("nmsw", "30"), around(0.86));
  database.evaluate(word_unet("nmsw", "30", "off"), around(0.84));
  const Judgement judgement = judge(database, "class-weights");
  EXPECT_EQ(judgement.verdict, Verdict::holds);
  EXPECT_EQ(judgement.cells.at(0).paper, "0.001") << "0.844 - 0.843 in the figure";
  EXPECT_THAT(judgement.remark, HasSubstr("that they help (> 0): holds"));
  EXPECT_EQ(judgement.scope.find("do not hurt"), std::string::npos) << "they help";
}

TEST(Claims, ClassWeightsThatOnlyDoNotHurtAreNotSaidToHelp) {
  ScoreDatabase database;
  database.evaluate(word_unet("nmsw", "30"),
                    [](int i, int) { return 0.85 + (i % 2 == 0 ? 0.0002 : -0.0002); });
  database.evaluate(word_unet("nmsw", "30", "off"), [](int, int) { return 0.85; });
  const Judgement judgement = judge(database, "class-weights");
  EXPECT_EQ(judgement.verdict, Verdict::holds);
  EXPECT_EQ(judgement.scope.rfind("in that they do not hurt, of these trained networks", 0), 0u)
      << judgement.scope;
  EXPECT_THAT(judgement.remark, HasSubstr("that they help (> 0): undecided"));
}

TEST(RandomForeground, MustLoseInEveryOrgan) {
  const auto random = [](int i, int c) { return 0.7 + 0.002 * ((i + c) % 3); };
  const auto better = [](int i, int c) { return 0.75 + 0.001 * ((i * c) % 4); };
  const auto worse_in_one = [&](int i, int c) { return c == 1 ? better(i, c) : 0.6; };
  const auto equal_in_one = [&](int i, int c) { return c == 1 ? better(i, c) : random(i, c); };
  for (const auto& [scores, verdict] :
       {std::pair<ScoreDatabase::Scores, Verdict>(better, Verdict::holds),
        {worse_in_one, Verdict::fails},
        {equal_in_one, Verdict::undecided}}) {
    ScoreDatabase database;
    database.evaluate(word_unet("random_foreground", "5"), random);
    database.evaluate(word_unet("nmsw", "5"), scores);
    const Judgement judgement = judge(database, "random-foreground");
    EXPECT_EQ(judgement.verdict, verdict);
    EXPECT_EQ(judgement.count, "2 organs, each in 8 cases, 1 seed");
    EXPECT_THAT(judgement.remark, HasSubstr("judged against the paper's random foreground"));
  }
}

TEST(RandomForeground, IsJudgedOnTheSameNetworksWhereTheyWereRunSo) {
  ScoreDatabase database;
  database.evaluate(word_unet("random_foreground", "5"), around(0.7));
  database.evaluate({"word", "unet", random_order_key("5")}, around(0.8));
  database.evaluate(word_unet("nmsw", "5"), around(0.75));
  const Judgement judgement = judge(database, "random-foreground");
  EXPECT_EQ(judgement.verdict, Verdict::fails);
  EXPECT_THAT(judgement.remark, HasSubstr("judged against NMSW's own networks"));
  EXPECT_THAT(judgement.remark,
              HasSubstr("against the paper's random foreground, which has other networks: holds"));
  EXPECT_EQ(judgement.cells.size(), 2u);
}

TEST(RandomForeground, SaysOfTheOrgansAtHandWhatWouldDecide) {
  for (const double gain : {0.005, -0.001}) {
    ScoreDatabase database;
    database.evaluate(word_unet("random_foreground", "5"), [](int, int) { return 0.7; });
    // The first organ gains in every case, the second by `gain` ± 0.02, in six of eight cases.
    database.evaluate(word_unet("nmsw", "5"), [gain](int i, int c) -> std::optional<double> {
      if (c == 1) return 0.75 + 0.001 * (i % 3);
      if (i >= 6) return std::nullopt;
      return 0.7 + gain + (i % 2 == 0 ? 0.02 : -0.02);
    });
    const Judgement judgement = judge(database, "random-foreground");
    EXPECT_EQ(judgement.verdict, Verdict::undecided);
    EXPECT_EQ(judgement.count, "2 organs, each in 6 to 8 cases, 1 seed");
    // t(0.95, 5) = 2.015 times 0.02191/√6 is 0.018024: 6 · ((0.018024/0.005)² - 1) = 71.97.
    EXPECT_EQ(judgement.to_decide,
              std::string("1 of 2 organs are not shown to gain, organ 2 (WORD) least: ") +
                  (gain > 0 ? "about 72 more cases would decide it if the mean stayed"
                            : "its mean does not gain in these cases"));
  }
}

TEST(RandomForeground, NeedsEveryOrganInSixCases) {
  ScoreDatabase database(8, 2);
  // Every class is in four of the eight cases.
  const auto half = [](double score) {
    return [score](int i, int c) -> std::optional<double> {
      return i % 2 == c % 2 ? std::optional<double>(score) : std::nullopt;
    };
  };
  database.evaluate(word_unet("random_foreground", "5"), half(0.7));
  database.evaluate(word_unet("nmsw", "5"), half(0.8));
  const Judgement judgement = judge(database, "random-foreground");
  EXPECT_EQ(judgement.verdict, Verdict::no_data);
  EXPECT_THAT(judgement.remark, HasSubstr("an organ is in 4 cases, 6 are needed"));
}

TEST(ClaimsSection, IsALineForEveryClaim) {
  ScoreDatabase database;
  database.evaluate(
      word_unet("sliding_window"), [](int, int) { return 0.85; }, 0, kPhantoms);
  database.evaluate(
      word_unet("nmsw", "30"), [](int, int) { return 0.75; }, 0, kPhantoms);
  const Section section = claims_section({database.store(), {"made"}, false});
  ASSERT_EQ(section.tables.size(), 2u);
  EXPECT_EQ(section.tables[0].rows.size(), claim_catalog().size());
  const std::string markdown = render_markdown(section.tables[0]);
  EXPECT_THAT(markdown,
              HasSubstr("| −0.100 (8 cases, 1 seed) | does not hold, of these trained networks, on "
                        "phantoms (WORD) |"));
  EXPECT_THAT(markdown, HasSubstr("| not enough data | UNet, WORD: NMSW (k=50) is not run |\n"));
  EXPECT_THAT(markdown, HasSubstr("| 90.7 % (exact) | holds, from closed forms, 480×480×480 |"));
  EXPECT_THAT(markdown, HasSubstr("arXiv 2501.10814 v2, MICCAI 2025 paper 0413"));
  EXPECT_THAT(render_markdown(section.tables[1]),
              HasSubstr("| accuracy | UNet | WORD | — | −0.100"));
}

}  // namespace
}  // namespace nmsw::reporting
