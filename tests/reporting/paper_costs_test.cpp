#include "reporting/sections/paper_costs.h"

#include <algorithm>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "reporting/closed_forms.h"
#include "reporting/comparability.h"
#include "reporting/paper_numbers.h"
#include "reporting/render.h"
#include "reporting/sections/sections.h"
#include "tests/reporting/score_database.h"

namespace nmsw::reporting {
namespace {

using ::testing::HasSubstr;
using testing::ScoreDatabase;
using testing::word_unet;

const CostColumn& column_named(const std::string& name) {
  return *std::find_if(cost_columns().begin(), cost_columns().end(),
                       [&](const CostColumn& column) { return column.name == name; });
}

TEST(ClosedForms, GiveThePapersCosts) {
  for (const std::string& backbone : paper_backbones()) {
    for (const MethodKey& key : paper_methods(backbone)) {
      const std::string printed = paper_value(backbone, key, "", "macs_paper_t");
      if (printed.empty()) continue;
      const double paper = std::stod(printed);
      EXPECT_NEAR(paper_size_cost(backbone, key)->macs_paper / 1e12, paper, 0.005 * paper)
          << backbone << " " << method_label(key);
    }
  }
  EXPECT_FALSE(paper_size_cost("unet", {"template_copy", "", "on", ""}));
  EXPECT_FALSE(paper_size_cost("other", sliding_window_key()));
  EXPECT_FALSE(paper_size_cost("unet", nmsw_key("auto"))) << "each scan has its own k";
}

ScoreDatabase::Profile timed(const std::string& device, const std::string& hardware,
                             double seconds) {
  ScoreDatabase::Profile profile{"unet", "sliding_window", "", 0, seconds, 480, device, hardware};
  profile.experiment = "speed";
  return profile;
}

TEST(PaperCosts, TakesSecondsFromAnotherExperimentAndNamesTheMachine) {
  ScoreDatabase database;
  database.evaluate(word_unet("sliding_window"), [](int, int) { return 0.8; });
  database.profile(timed("cuda", "NVIDIA H100 80GB HBM3", 12.0));
  database.profile(timed("cpu", "AMD EPYC", 162));
  const PaperCosts costs(database.store());
  const Cell gpu = costs.cell("unet", sliding_window_key(), column_named("gpu_s"));
  EXPECT_EQ(gpu.value, 12.0);
  EXPECT_TRUE(gpu.is_comparable) << "the paper's own device";
  const Cell cpu = costs.cell("unet", sliding_window_key(), column_named("cpu_s"));
  EXPECT_EQ(cpu.value, 162);
  EXPECT_FALSE(cpu.is_comparable);
  EXPECT_TRUE(costs.cell("unet", sliding_window_key(), column_named("memory_gb")).is_comparable);
  EXPECT_FALSE(costs.cell("unet", nmsw_key("30"), column_named("cpu_s")).is_planned);
  const Section section = comparison_section({database.store(), {"made"}, false});
  const std::string markdown = render_markdown(section.tables.at(0));
  EXPECT_THAT(markdown, HasSubstr("| UNet | SW (gold standard) | 12.0 | 12.3 | −0.3 | "
                                  "162 | (135) | — |"))
      << markdown;
  EXPECT_THAT(markdown, HasSubstr("GPU: NVIDIA H100 80GB HBM3; CPU: AMD EPYC."));
}

TEST(PaperCosts, LeavesOutOtherNetworksVolumesAndClasses) {
  for (const auto& [extent, settings] :
       {std::pair<int64_t, const char*>(96, ""),
        {480, R"(,"num_classes":17)"},
        {480, R"(,"patch_xyz":[32,32,32])"},
        {480, R"(,"networks":{"backbone_config":"{\"channels\":[16,32,64,64]}"})"},
        {480, R"(,"networks":{"global_backbone":"unet","global_config":"{\"channels\":[8]}"})"}}) {
    ScoreDatabase database;
    ScoreDatabase::Profile profile = timed("cpu", "AMD EPYC", 162);
    profile.extent = extent;
    profile.settings = settings;
    database.profile(profile);
    EXPECT_TRUE(paper_timings(database.store()).empty()) << extent << settings;
  }
}

TEST(PaperTimings, KeepTheLatestOfAMachineAndOneMachineADevice) {
  ScoreDatabase database;
  for (const auto& [hardware, seconds] :
       {std::pair("older", 100.0), std::pair("newer", 90.0), std::pair("newer", 80.0)}) {
    database.profile(timed("cpu", hardware, seconds));
  }
  const std::vector<PaperTiming> timings = paper_timings(database.store());
  EXPECT_EQ(timings.size(), 2u);
  const std::vector<PaperTiming> one = of_one_machine(timings, true);
  ASSERT_EQ(one.size(), 1u);
  EXPECT_EQ(one[0].hardware, "newer");
  EXPECT_EQ(one[0].seconds, 80);
}

TEST(PaperTimings, OfOtherThreadsOrArithmeticAreOfAnotherMachine) {
  for (const bool on_gpu : {false, true}) {
    ScoreDatabase database;
    ScoreDatabase::Profile older = timed(on_gpu ? "cuda" : "cpu", "a machine", 100);
    older.threads = on_gpu ? 8 : 1;
    older.notes = on_gpu ? "float32 convolutions, deterministic" : "";
    ScoreDatabase::Profile newer = older;
    newer.backbone = "mednext";
    newer.threads = 8;
    newer.notes = on_gpu ? "TF32 convolutions, not deterministic" : "";
    database.profile(older);
    database.profile(newer);
    const std::vector<PaperTiming> timings = paper_timings(database.store());
    ASSERT_EQ(timings.size(), 2u);
    EXPECT_FALSE(is_same_machine(timings[0], timings[1]));
    const std::vector<PaperTiming> one = of_one_machine(timings, !on_gpu);
    ASSERT_EQ(one.size(), 1u);
    EXPECT_EQ(one[0].backbone, "mednext") << "the latest";
    EXPECT_EQ(machine_text(one[0]),
              on_gpu ? "a machine, TF32 convolutions, not deterministic, 8 threads"
                     : "a machine, 8 threads");
  }
  PaperTiming named;
  named.hardware = "AMD EPYC, 2 threads";
  named.threads = 2;
  EXPECT_EQ(machine_text(named), "AMD EPYC, 2 threads") << "once is enough";
}

TEST(Comparability, NeedsRealCasesAndTheAuthorsNsd) {
  ScoreDatabase database;
  const auto scores = [](int, int) { return 0.8; };
  database.evaluate(word_unet("nmsw", "30"), scores, 0, R"({"data":{"source":"phantom"}})");
  const std::string as_paper =
      R"({"data":{"source":"real","descriptor":{"patch_xyz":[128,128,128],)"
      R"("preprocessing":{"spacing_xyz_mm":[1.5,1.5,1.5]}}}})";
  database.evaluate({"totalsegmentator_organ", "unet", nmsw_key("30")}, scores, 0, as_paper);
  database.evaluate({"totalsegmentator_vertebrae", "unet", nmsw_key("30")}, scores, 0,
                    R"({"data":{"source":"real","descriptor":{"patch_xyz":[32,32,48],)"
                    R"("preprocessing":{"spacing_xyz_mm":null}}}})");
  const Comparability comparability(database.store(), "made");
  EXPECT_FALSE(comparability.has_dsc("word"));
  EXPECT_FALSE(comparability.has_dsc("totalsegmentator_vertebrae")) << "narrow settings";
  EXPECT_TRUE(comparability.has_dsc("totalsegmentator_organ"));
  ComparisonRow row;
  row.dataset = "totalsegmentator_organ";
  row.nsd_unit = "voxel";
  row.nsd_geometry = "prepared";
  row.nsd_tolerance = 2;
  EXPECT_TRUE(comparability.has_nsd(row));
  row.nsd_geometry = "original";
  EXPECT_FALSE(comparability.has_nsd(row));
  row.nsd_geometry = "prepared";
  row.nsd_unit = "mm";
  EXPECT_FALSE(comparability.has_nsd(row));
  row.nsd_unit = "voxel";
  row.dataset = "word";
  EXPECT_FALSE(comparability.has_nsd(row));
}

}  // namespace
}  // namespace nmsw::reporting
