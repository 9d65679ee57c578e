#include <map>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sqlite3.h>

#include "nmsw/base/digest.h"
#include "nmsw/base/error.h"
#include "results/sqlite.h"
#include "tests/results/canned_store.h"
#include "tests/results/vfs_shim.h"
#include "tests/support/environment_variable.h"

namespace nmsw::results::testing {
namespace {

namespace fs = std::filesystem;
using ::testing::AllOf;
using ::testing::HasSubstr;

/// A folder that SQLite cannot write (also where the tests run as root), and a place for temporary
/// files.
class ReadOnlyMedium : public ::testing::Test {
 protected:
  /// A database in which "a" is done, as a killed process leaves it: in the log alone.
  void burn(const std::vector<std::string>& endings) {
    TestStore store;
    store->add_tasks({training("a"), training("b")});
    run_task(*store, "a");
    ASSERT_GT(fs::file_size(store.file().string() + "-wal"), 0u);
    for (const std::string& ending : endings)
      fs::copy_file(store.file().string() + ending, file_.string() + ending);
  }

  FileFault operator()(FileAction action, const std::string& file) const {
    if (file.rfind(medium_.path().string(), 0) != 0) return {};
    switch (action) {
      case FileAction::open:
      case FileAction::create:
        return {SQLITE_OK, false, true};
      case FileAction::map_shared:
        return {SQLITE_CANTOPEN};
      case FileAction::write:
      case FileAction::truncate:
      case FileAction::remove:
        ADD_FAILURE() << "an attempt to change " << file;
        return {SQLITE_READONLY};
      default:
        return {};
    }
  }
  FileRule rule() const {
    return [this](FileAction action, const std::string& file) { return (*this)(action, file); };
  }

  std::map<std::string, std::string> on_medium() const {
    std::map<std::string, std::string> files;
    for (const auto& entry : fs::directory_iterator(medium_.path()))
      files[entry.path().string()] = sha256_file(entry.path());
    return files;
  }

  nmsw::testing::TemporaryFolder medium_, place_;
  nmsw::testing::EnvironmentVariable place_variable_{"TMPDIR", place_.path().string()};
  fs::path file_ = medium_ / "r.sqlite";
};

TEST_F(ReadOnlyMedium, IsReadWithWhatIsInTheLogAlone) {
  burn({"", "-wal"});
  const auto before = on_medium();
  const VfsShim shim(rule());
  {
    const ResultStore store = ResultStore::open_read_only(file_);
    EXPECT_EQ(store.status("demo").states.at("done"), 1);
    EXPECT_EQ(store.file(), file_);
    EXPECT_FALSE(fs::is_empty(place_.path()));
  }
  EXPECT_TRUE(fs::is_empty(place_.path())) << "the copy is gone";
  EXPECT_EQ(on_medium(), before);
}

TEST_F(ReadOnlyMedium, IsReadInPlaceWhereThereIsNoLog) {
  burn({"", "-wal"});
  ResultStore::open(file_);  // takes the log into the file as it closes
  fs::remove(file_.string() + "-wal");
  fs::remove(file_.string() + "-shm");
  const VfsShim shim(rule());
  const ResultStore store = ResultStore::open_read_only(file_);
  EXPECT_EQ(store.status("demo").states.at("done"), 1);
  EXPECT_TRUE(fs::is_empty(place_.path()));
}

TEST_F(ReadOnlyMedium, IsMergedFromWithAndWithoutALog) {
  burn({"", "-wal"});
  for (const bool with_log : {true, false}) {
    if (!with_log) {
      ResultStore::open(file_);
      fs::remove(file_.string() + "-wal");
      fs::remove(file_.string() + "-shm");
    }
    TestStore out;
    out.disconnect();
    const VfsShim shim(rule());
    out.reconnect();
    EXPECT_EQ(out->merge({file_}).results_added, 1) << with_log;
    EXPECT_EQ(out->task("a")->state, "done");
    out.disconnect();
  }
  EXPECT_TRUE(fs::is_empty(place_.path()));
}

/// A program that does not use a write-ahead log was killed while it wrote.
TEST_F(ReadOnlyMedium, IsReadAsItWasBeforeAnUnfinishedChange) {
  TestStore store;
  store->add_tasks({training("a")});
  store.disconnect();
  Database writer(store.file(), Access::create);
  writer.execute("PRAGMA journal_mode = DELETE; PRAGMA cache_size = 1; BEGIN");
  for (int i = 0; i < 200; ++i) {
    writer.execute("INSERT INTO experiment (name, config_text, config_sha, added) VALUES ('x" +
                   std::to_string(i) + "', '" + std::string(2000, 'y') + "', '', '')");
  }
  for (const char* ending : {"", "-journal"})
    fs::copy_file(store.file().string() + ending, file_.string() + ending);
  writer.execute("ROLLBACK");
  const VfsShim shim(rule());
  EXPECT_EQ(ResultStore::open_read_only(file_).experiments(), std::vector<std::string>{"demo"});
}

TEST_F(ReadOnlyMedium, IsRefusedWhereTheLogCannotBeCopied) {
  burn({"", "-wal"});
  place_variable_.set((place_ / "gone").string());
  const VfsShim shim(rule());
  try {
    ResultStore::open_read_only(file_);
    FAIL() << "what is in the log was ignored";
  } catch (const DataError& fault) {
    EXPECT_THAT(fault.what(),
                AllOf(HasSubstr(file_.string()), HasSubstr("log"), HasSubstr("--db")));
  }
}

TEST_F(ReadOnlyMedium, IsNotOpenedForWriting) {
  burn({"", "-wal"});
  const auto before = on_medium();
  const VfsShim shim(rule());
  EXPECT_THROW(ResultStore::open(file_), DataError);
  EXPECT_EQ(on_medium(), before);
}

}  // namespace
}  // namespace nmsw::results::testing
