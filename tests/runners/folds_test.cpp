#include <gmock/gmock.h>

#include "nmsw/base/atomic_file.h"
#include "tests/datasets/survey/made_up_data.h"
#include "tests/runners/built_program.h"

namespace nmsw::runners {
namespace {

namespace made_up = datasets::made_up;

TEST(Folds, ScoreEveryCaseByTheTrainingThatDidNotSeeIt) {
  const testing::TemporaryFolder folder;
  made_up::put_scans(folder / "data", 7, made_up::two_organs());
  write_text_atomically(folder / "set.yaml",
                        "name: organs\nlayout: nnunet\nclasses: [left, right]\n"
                        "patch_xyz: [16, 16, 16]\ndownsize_rate_xyz: [2, 2, 2]\n");
  write_text_atomically(folder / "exp.yaml",
                        "experiment: cv\ndatasets: [set.yaml]\nbackbones: [unet]\n"
                        "methods: [sliding_window]\nfolds: [0, 1, 2]\nfold_count: 3\n"
                        "networks: {unet: {channels: [4, 8, 8], strides: [2, 2, 1]}}\n"
                        "data: {source: real, roots: {organs: data}}\n"
                        "training: {epochs: 1, iterations_per_epoch: 1, augmentation: none}\n");
  const Outcome outcome =
      run_program_in(folder.path(), "run exp.yaml --db r.sqlite --quiet --threads 1");
  ASSERT_EQ(outcome.code, 0) << outcome.err;
  const auto answer = [&](const std::string& sql) {
    return run_program_in(folder.path(), "query --db r.sqlite --format csv --sql \"" + sql + "\"")
        .out;
  };
  EXPECT_EQ(answer("SELECT count(DISTINCT case_id) AS n, count(DISTINCT case_id || fold) AS m FROM "
                   "v_cases"),
            "n,m\n7,7\n");
  EXPECT_EQ(answer("SELECT folds, cases, cases_expected, complete FROM v_comparison"),
            "folds,cases,cases_expected,complete\n3,7,7,1\n");
}

}  // namespace
}  // namespace nmsw::runners
