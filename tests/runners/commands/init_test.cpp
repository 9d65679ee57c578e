#include <gtest/gtest.h>

#include "nmsw/base/atomic_file.h"
#include "nmsw/base/error.h"
#include "runners/commands/commands.h"
#include "tests/datasets/survey/made_up_data.h"
#include "tests/support/expect_error.h"

namespace nmsw::runners {
namespace {

namespace made_up = datasets::made_up;
using testing::expect_error;

TEST(Init, OverwritesNothing) {
  const testing::TemporaryFolder folder;
  made_up::put_scans(folder / "data", 4, made_up::two_organs());
  const std::string data = (folder / "data").string();
  for (const char* name : {"dataset.yaml", "experiment.yaml"}) {
    const std::filesystem::path out = folder / ("out_" + std::string(name));
    write_text_atomically(out / name, "mine: 1\n");
    expect_error<ConfigError>(
        [&] {
          init_command({data, "--out", out.string()});
        },
        {name, "is there already", "--out", "--force"});
    EXPECT_EQ(read_file(out / name), "mine: 1\n");
    EXPECT_EQ(std::distance(std::filesystem::directory_iterator(out), {}), 1) << "nothing else";
  }
}

TEST(Init, LeavesNothingWhereTheDataCannotBeUsed) {
  const testing::TemporaryFolder folder;
  made_up::put_scans(folder / "data", 4, made_up::two_organs());
  std::filesystem::remove(folder / "data/labelsTr/c1.nii");
  const std::filesystem::path out = folder / "out";
  const std::string data = (folder / "data").string();
  expect_error<DataError>([&] { init_command({data, "--out", out.string()}); }, {"c1_0000.nii"});
  testing::put_file(folder / "data/dataset.json",
                    R"({"channel_names": {"0": "T1", "1": "T2"},
                        "labels": {"background": 0, "a": 1, "b": 2}})");
  expect_error<DataError>(
      [&] {
        train_command({data, "--out", out.string()});
      },
      {"'c0' lacks its channel 1"});
  EXPECT_FALSE(std::filesystem::exists(out));
}

}  // namespace
}  // namespace nmsw::runners
