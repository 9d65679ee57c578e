#include "runners/options/predict_options.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "nmsw/base/error.h"

namespace nmsw::runners {
namespace {

using ::testing::HasSubstr;

PredictOptions parsed(const std::vector<std::string>& more) {
  std::vector<std::string> words{"--checkpoint", "c", "--input", "i.nii", "--output", "o.nii"};
  words.insert(words.end(), more.begin(), more.end());
  return parse_predict_options(words).value();
}

std::string fault_of(const std::vector<std::string>& more) {
  try {
    parsed(more);
  } catch (const ConfigError& error) {
    return error.what();
  }
  return "no fault";
}

TEST(PredictOptions, TakeANumberOfPatchesOrAWord) {
  EXPECT_EQ(parsed({}).k, "full");
  EXPECT_EQ(parsed({"--k", "30"}).k, "30");
  const PredictOptions options = parsed({"--k", "auto", "--order", "coverage"});
  EXPECT_EQ(options.k, "auto");
  EXPECT_DOUBLE_EQ(options.ranking.auto_left, 0.05);
  EXPECT_DOUBLE_EQ(
      parsed({"--k", "auto", "--order", "coverage", "--auto-left", "0.2"}).ranking.auto_left, 0.2);
  for (const char* k : {"0", "5.5", "all"})
    EXPECT_THAT(fault_of({"--k", k}), HasSubstr("number of patches above 0, or full or auto")) << k;
}

TEST(PredictOptions, RankByCoverageUnlessToldOtherwise) {
  EXPECT_EQ(parsed({}).ranking.order, PatchOrder::coverage);
  EXPECT_EQ(parsed({"--order", "scores"}).ranking.order, PatchOrder::scores);
  EXPECT_EQ(parsed({"--method", "random_foreground"}).method, "random_foreground");
  EXPECT_THAT(fault_of({"--method", "random_foreground", "--order", "coverage"}),
              HasSubstr("--order needs --method nmsw"));
}

/// Its patches are multiplied by their learned probability, which another order leaves out.
TEST(PredictOptions, KeepTheScoresOfANetworkThatAlwaysScalesByThem) {
  ModelConfig plain, scaled;
  scaled.soft_scaling = SoftScaling::always;
  EXPECT_EQ(ranking_for(parsed({}), plain).order, PatchOrder::coverage);
  EXPECT_EQ(ranking_for(parsed({}), scaled).order, PatchOrder::scores);
  EXPECT_EQ(ranking_for(parsed({"--order", "coverage"}), scaled).order, PatchOrder::coverage);
  EXPECT_EQ(ranking_for(parsed({"--order", "entropy"}), plain).order, PatchOrder::entropy);
}

TEST(PredictOptions, TakeAutoWithTheOrdersThatEndAlone) {
  const PredictOptions scores = parsed({"--k", "auto", "--order", "scores", "--mass-left", "0.2"});
  EXPECT_EQ(scores.k, "auto");
  EXPECT_DOUBLE_EQ(scores.ranking.mass_left.value(), 0.2);
  EXPECT_DOUBLE_EQ(parsed({"--k", "auto", "--order", "scores"}).ranking.mass_left.value(), 0.01);
  EXPECT_THAT(fault_of({"--k", "auto", "--order", "scores", "--mass-left", "-0.1"}),
              HasSubstr("--mass-left must lie in 0..1"));
  for (const std::vector<std::string>& words :
       {std::vector<std::string>{"--k", "auto", "--order", "entropy"},
        {"--k", "auto", "--order", "foreground"},
        {"--k", "auto", "--method", "random_foreground"}})
    EXPECT_THAT(fault_of(words), HasSubstr("--k auto needs --method nmsw --order coverage"));
  for (const char* left : {"1.5", "nan"})
    EXPECT_THAT(fault_of({"--k", "auto", "--order", "coverage", "--auto-left", left}),
                HasSubstr("--auto-left must lie in 0..1"));
}

TEST(PredictOptions, NameTheFilesThatAreWrittenBesides) {
  const PredictOptions plain = parsed({});
  EXPECT_FALSE(plain.label_tables || plain.volumes || plain.roi || plain.preview);
  const PredictOptions all =
      parsed({"--label-tables", "--volumes", "v.csv", "--roi", "p.mrk.json", "--preview", "p.png"});
  EXPECT_TRUE(all.label_tables);
  EXPECT_EQ(all.volumes, "v.csv");
  EXPECT_EQ(all.roi, "p.mrk.json");
  EXPECT_EQ(all.preview, "p.png");
}

TEST(PredictOptions, TakeSeveralInputsAndAPartOfThem) {
  const PredictOptions options =
      parsed({"--input", "a.nii", "b.nii", "--part", "2/4", "--continue", "--k", "3"});
  ASSERT_EQ(options.inputs.size(), 3U);
  EXPECT_EQ(options.inputs.back(), "b.nii");
  EXPECT_EQ(options.part.index, 2);
  EXPECT_EQ(options.part.count, 4);
  EXPECT_TRUE(options.skips_done);
  EXPECT_EQ(parsed({}).part.count, 1);
  for (const char* wrong : {"", "1", "0/3", "4/3", "1/", "/3", "a/3", "1/3x", "-1/3", "1/0"})
    EXPECT_THAT(fault_of({"--part", wrong}), HasSubstr("--part")) << wrong;
}

}  // namespace
}  // namespace nmsw::runners
