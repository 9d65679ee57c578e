#include "runners/options/attempt_folder.h"

#include <gtest/gtest.h>

#include "nmsw/base/atomic_file.h"
#include "tests/support/temporary_folder.h"

namespace nmsw::runners {
namespace {

namespace fs = std::filesystem;

void put_state(const fs::path& folder, const std::string& text) {
  fs::create_directories(folder);
  write_text_atomically(folder / kStateFile, text);
}

TEST(AttemptFolder, TakesTheNewestStateOfItsOwnRunsFirst) {
  const testing::TemporaryFolder folder;
  put_state(folder / "runs/t/1", "first");
  put_state(folder / "runs/t/2", "second");
  put_state(folder / "other/t/3", "third");
  begin_attempt(folder / "runs/t/4", {folder / "other/t/3"});
  EXPECT_EQ(read_file(folder / "runs/t/4" / kStateFile), "second");
  EXPECT_TRUE(fs::exists(folder / "other/t/3" / kStateFile));
}

/// A run from another working folder has other "results/runs".
TEST(AttemptFolder, TakesAStateFromWhereAnEarlierAttemptWrote) {
  const testing::TemporaryFolder folder;
  put_state(folder / "other/t/2", "second");
  begin_attempt(folder / "runs/t/3", {folder / "gone/t/3", folder / "other/t/2"});
  EXPECT_EQ(read_file(folder / "runs/t/3" / kStateFile), "second");
  EXPECT_FALSE(fs::exists(folder / "other/t/2" / kStateFile)) << "no two attempts go on with it";
}

TEST(AttemptFolder, BeginsAnewWhereThereIsNone) {
  const testing::TemporaryFolder folder;
  begin_attempt(folder / "runs/t/1", {folder / "gone"});
  EXPECT_TRUE(fs::is_empty(folder / "runs/t/1"));
}

}  // namespace
}  // namespace nmsw::runners
