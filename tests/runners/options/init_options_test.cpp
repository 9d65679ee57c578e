#include "runners/options/init_options.h"

#include <gtest/gtest.h>

#include "nmsw/base/error.h"
#include "runners/options/option_values.h"
#include "tests/support/expect_error.h"

namespace nmsw::runners {
namespace {

using testing::expect_error;

TEST(Budget, TakesMinutesHoursAndDays) {
  EXPECT_EQ(parse_budget("30min", "--budget"), 1800);
  EXPECT_EQ(parse_budget("4h", "--budget"), 14'400);
  EXPECT_EQ(parse_budget("1.5h", "--budget"), 5400);
  EXPECT_EQ(parse_budget("2d", "--budget"), 172'800);
  EXPECT_EQ(parse_budget("90s", "--budget"), 90);
}

TEST(Budget, RefusesNonsense) {
  for (const char* wrong : {"", "h", "4", "-4h", "0h", "4 h", "4weeks", "4h30", "nanh", "infh"}) {
    expect_error<ConfigError>([&] { parse_budget(wrong, "--budget"); }, {"--budget", "unit"});
  }
}

TEST(InitOptions, NamesTheFolderAfterTheDataSet) {
  for (const char* root : {"/data/hippo", "/data/hippo/", "/data/x/../hippo"}) {
    const auto options = parse_init_options({root});
    ASSERT_TRUE(options);
    EXPECT_EQ(options->out, "hippo_nmsw") << root;
    EXPECT_EQ(options->budget_s, 14'400);
    EXPECT_FALSE(options->budget_given);
  }
  const auto options = parse_init_options({"data", "--out", "there", "--budget", "1h", "--force"});
  EXPECT_EQ(options->experiment(), "there/experiment.yaml");
  EXPECT_TRUE(options->force);
  EXPECT_TRUE(options->budget_given);
}

TEST(InitOptions, RefusesWrongUsage) {
  expect_error<ConfigError>([] { parse_init_options({}); }, {"usage: nmsw init"});
  expect_error<ConfigError>([] { parse_init_options({"a", "b"}); }, {"one word too many"});
  expect_error<ConfigError>([] { parse_init_options({"a", "--device", "tpu"}); }, {"cuda:N"});
  expect_error<ConfigError>([] { parse_train_options({"a", "--threads", "-1"}); }, {"--threads"});
}

}  // namespace
}  // namespace nmsw::runners
