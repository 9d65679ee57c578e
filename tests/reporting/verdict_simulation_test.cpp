#include <cmath>
#include <map>

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "nmsw/base/seed.h"
#include "reporting/claims/catalog.h"
#include "reporting/claims/pooled_claim.h"
#include "tests/reporting/score_database.h"

// What the verdicts say about made databases whose truth is known. All draws are seeded, so that a
// test passes always or never; the bounds say how often a right rule would miss them.

namespace nmsw::reporting {
namespace {

using ::testing::HasSubstr;
using testing::ScoreDatabase;

const Claim& claim_named(const std::string& name) {
  for (const Claim& claim : claim_catalog()) {
    if (claim.name == name) return claim;
  }
  throw std::runtime_error(name);
}

ComparisonRow complete_row(const ScoreCell& cell) {
  ComparisonRow row;
  row.dataset = cell.dataset;
  row.backbone = cell.backbone;
  row.key = cell.key;
  row.seeds = row.seeds_expected = 1;
  row.is_complete = true;
  return row;
}

/// The scores in memory; the store holds nothing.
class MadeInput {
 public:
  MadeInput() : input_{empty_.store(), "made", {}, {}, {}} {}

  using Draw = std::function<double(int case_index, int class_index)>;
  void add(const ScoreCell& cell, int cases, int classes, const Draw& draw) {
    (is_control(cell.key) ? input_.controls : input_.rows).push_back(complete_row(cell));
    for (int c = 1; c <= classes; ++c)
      input_.dsc.name_class(cell.dataset, c, fmt::format("organ {}", c));
    for (int i = 0; i < cases; ++i) {
      for (int c = 1; c <= classes; ++c)
        input_.dsc.add(cell, 0, fmt::format("case {:02d}", i), c, draw(i, c));
    }
  }
  void clear() {
    input_.rows.clear();
    input_.controls.clear();
    input_.dsc = CaseScores();
  }
  const ClaimInput& input() const { return input_; }

 private:
  ScoreDatabase empty_;
  ClaimInput input_;
};

/// Every row that a claim looks at, in three data sets with three backbones.
std::vector<ScoreCell> reproduced_cells() {
  std::vector<ScoreCell> cells;
  for (const char* dataset : {"word", "totalsegmentator_organ", "totalsegmentator_vertebrae"}) {
    for (const char* backbone : {"unet", "mednext", "swin_unetr"}) {
      for (const MethodKey& key :
           {sliding_window_key(), nmsw_key("5"), nmsw_key("30"), nmsw_key("50"), nmsw_key("full"),
            nmsw_key("30", "off"), MethodKey{"random_foreground", "5", "on", ""},
            random_order_key("5")}) {
        cells.push_back({dataset, backbone, key});
      }
    }
  }
  return cells;
}

// 400 databases: an event of 5 % happens in 33 or more of them once in 200 times, one of 10 % in
// nine of ten times.
constexpr int kDatabases = 400, kOften = 32;

/// Cheap, and enough for a claim of every organ to fail.
constexpr int kOrgans = 2;

TEST(UniformScores, ConfirmNoClaimButThoseOfNonInferiority) {
  uint64_t random = derive_seed(0, {"uniform scores"});
  std::map<std::string, int> holding, failing;
  MadeInput made;
  const std::vector<ScoreCell> cells = reproduced_cells();
  Claim no_margin = claim_named("accuracy");
  no_margin.threshold = 0;
  for (int i = 0; i < kDatabases; ++i) {
    made.clear();
    for (const ScoreCell& cell : cells)
      made.add(cell, 80, kOrgans, [&](int, int) { return next_uniform(random); });
    for (const char* name :
         {"accuracy", "random-foreground", "saturation", "class-weights", "full"}) {
      const Claim& claim = claim_named(name);
      const Judgement judgement = claim.judge(claim, made.input());
      failing[name] += judgement.verdict == Verdict::fails ? 1 : 0;
      if (judgement.verdict != Verdict::holds) continue;
      ++holding[name];
      EXPECT_TRUE(allows_no_difference(claim)) << name;
      EXPECT_THAT(judgement.remark, HasSubstr("methods that do not differ would hold too"));
    }
    holding["no margin"] += no_margin.judge(no_margin, made.input()).verdict == Verdict::holds;
  }
  EXPECT_EQ(holding["random-foreground"], 0);
  EXPECT_LE(holding["no margin"], kOften);
  for (const auto& [name, count] : failing) EXPECT_LE(count, kOften) << name;
}

struct OrganRun {
  int holds = 0, fails = 0;
};

/// Sixteen organs whose gains have a standard deviation of 0.05 and a correlation of 0.3.
OrganRun run_organs(double gain, int cases, int databases) {
  uint64_t random = derive_seed(0, {"organs"});
  const ScoreCell chosen{"word", "unet", nmsw_key("5")};
  const ScoreCell other{"word", "unet", {"random_foreground", "5", "on", ""}};
  const Claim& claim = claim_named("random-foreground");
  OrganRun run;
  MadeInput made;
  for (int i = 0; i < databases; ++i) {
    made.clear();
    double shared = 0;
    made.add(chosen, cases, 16, [&](int, int organ) {
      if (organ == 1) shared = next_normal(random);
      return gain + 0.05 * (std::sqrt(0.3) * shared + std::sqrt(0.7) * next_normal(random));
    });
    made.add(other, cases, 16, [](int, int) { return 0.0; });
    const Verdict verdict = claim.judge(claim, made.input()).verdict;
    run.holds += verdict == Verdict::holds ? 1 : 0;
    run.fails += verdict == Verdict::fails ? 1 : 0;
  }
  return run;
}

TEST(EveryOrgan, HoldsForNoEffectNever) {
  const OrganRun run = run_organs(0, 20, 100);
  EXPECT_EQ(run.holds, 0);
  EXPECT_LE(run.fails, 11) << "5 % of 100: 12 or more once in 200 times";
}

TEST(EveryOrgan, HoldsForATrueGainWithEnoughCases) {
  EXPECT_GE(run_organs(0.03, 50, 60).holds, 48) << "about nine of ten";
  const OrganRun few = run_organs(0.03, 20, 60);
  EXPECT_LE(few.holds, 20) << "about one of six";
  EXPECT_EQ(few.fails, 0);
}

}  // namespace
}  // namespace nmsw::reporting
