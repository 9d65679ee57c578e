#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sqlite3.h>

#include "nmsw/base/error.h"
#include "tests/results/canned_store.h"
#include "tests/results/vfs_shim.h"

namespace nmsw::results::testing {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;

/// A training of days ends when there is no room for its result: it must not be lost.
TEST(FullDisk, KeepsTheClaimSoThatTheResultCanBeStoredLater) {
  bool full = false;
  const VfsShim shim([&](FileAction action, const std::string&) -> FileFault {
    return {full && action == FileAction::write ? SQLITE_FULL : SQLITE_OK};
  });
  TestStore store;
  store->add_tasks({training("t")});
  const auto claim = store->claim("w", 60, {"t"});
  TaskResult result;
  result.artifacts = {{"checkpoint", "/srv/model.pt", "ab", 1}};
  full = true;
  try {
    static_cast<void>(store->finish(*claim, {}, result));
    FAIL() << "there was no room";
  } catch (const StorageFull& fault) {
    EXPECT_THAT(fault.what(), AllOf(HasSubstr(store.file().string()), HasSubstr("no room"),
                                    HasSubstr("disk of " + store.folder().path().string()),
                                    HasSubstr("make room and run again")));
  }
  EXPECT_THROW(static_cast<void>(store->fail(*claim, {}, "no room")), StorageFull);
  EXPECT_THROW(store->add_experiment("x", "", ""), StorageFull);
  EXPECT_EQ(store->task("t")->state, "running") << "reading goes on";
  full = false;
  EXPECT_EQ(store->finish(*claim, {}, result), Written::stored);
  EXPECT_EQ(store->task("t")->state, "done");
}

TEST(FullDisk, IsADataErrorToWhoeverDoesNotAsk) {
  bool full = false;
  const VfsShim shim([&](FileAction action, const std::string&) -> FileFault {
    return {full && action == FileAction::write ? SQLITE_FULL : SQLITE_OK};
  });
  const nmsw::testing::TemporaryFolder folder;
  full = true;
  EXPECT_THROW(ResultStore::open(folder / "new.sqlite"), DataError);
  full = false;
  EXPECT_TRUE(ResultStore::open(folder / "new.sqlite").experiments().empty());
}

TEST(FullDisk, IsNotWhatAnotherFaultIsCalled) {
  TestStore store;
  store.disconnect();
  bool broken = false;
  const VfsShim shim([&](FileAction action, const std::string&) -> FileFault {
    return {broken && action == FileAction::write ? SQLITE_IOERR_WRITE : SQLITE_OK};
  });
  store.reconnect();
  broken = true;
  try {
    store->add_experiment("x", "", "");
    FAIL();
  } catch (const StorageFull&) {
    FAIL() << "nothing was full";
  } catch (const DataError& fault) {
    EXPECT_THAT(fault.what(), HasSubstr(store.file().string()));
  }
}

}  // namespace
}  // namespace nmsw::results::testing
