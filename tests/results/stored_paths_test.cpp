#include "results/stored_paths.h"

#include <gtest/gtest.h>

#include "nmsw/base/atomic_file.h"
#include "results/catalog.h"
#include "results/sqlite.h"
#include "tests/results/canned_store.h"
#include "tests/results/databases.h"

namespace nmsw::results::testing {
namespace {

namespace fs = std::filesystem;

/// A file as the program names it, seen from its folder.
class CurrentFolder {
 public:
  explicit CurrentFolder(const fs::path& folder) : before_(fs::current_path()) {
    fs::create_directories(folder);
    fs::current_path(folder);
  }
  ~CurrentFolder() { fs::current_path(before_); }

 private:
  fs::path before_;
};

TEST(StoredPaths, AreRelativeToTheDatabaseWhereverTheProgramWasStarted) {
  const nmsw::testing::TemporaryFolder folder;
  const fs::path database = folder / "results" / "db" / "r.sqlite";
  const fs::path file = folder / "results" / "runs" / "k" / "model.pt";
  write_text_atomically(file, "weights");
  fs::create_directories(database.parent_path());
  EXPECT_EQ(stored_path(file, database), "../runs/k/model.pt");
  for (const char* start : {"", "results", "elsewhere/deep"}) {
    const CurrentFolder current(folder.path() / start);
    EXPECT_EQ(stored_path(fs::relative(file), database), "../runs/k/model.pt") << start;
    EXPECT_EQ(stored_path(file, fs::relative(database)), "../runs/k/model.pt") << start;
    EXPECT_EQ(full_path("../runs/k/model.pt", fs::relative(database)), fs::canonical(file));
  }
}

TEST(StoredPaths, AreAbsoluteWhereNothingIsShared) {
  EXPECT_EQ(stored_path("/srv/runs/model.pt", "/home/user/r.sqlite"), "/srv/runs/model.pt");
  EXPECT_EQ(full_path("/srv/runs/model.pt", "/home/user/r.sqlite"), "/srv/runs/model.pt");
  EXPECT_EQ(stored_path("/no/such/runs/m.pt", "/no/such/r.sqlite"), "runs/m.pt");
  EXPECT_EQ(full_path("runs/m.pt", "/no/such/r.sqlite"), "/no/such/runs/m.pt")
      << "where it belongs, though nothing is there";
}

/// The kernel follows a link before it takes `..`.
TEST(StoredPaths, FollowLinks) {
  const nmsw::testing::TemporaryFolder folder;
  const fs::path file = folder / "runs" / "m.pt";
  write_text_atomically(file, "weights");
  fs::create_directories(folder / "deep" / "er");
  fs::create_directory_symlink(folder / "deep" / "er", folder / "db");
  for (const fs::path& database : {folder / "db" / "r.sqlite", folder / "deep/er/r.sqlite"}) {
    const std::string stored = stored_path(file, database);
    EXPECT_TRUE(fs::equivalent(database.parent_path() / stored, file)) << stored;
    EXPECT_TRUE(fs::equivalent(full_path(stored, database), file));
  }
  fs::create_directory_symlink(folder / "runs", folder / "linked");
  EXPECT_EQ(stored_path(folder / "linked" / "m.pt", folder / "r.sqlite"), "linked/m.pt")
      << "the link is what the user chose";
}

/// Training "t" with its weights beside the database.
class Checkpoint : public ::testing::Test {
 protected:
  void SetUp() override {
    write_text_atomically(folder_ / "all" / "runs" / "t" / "model.pt", "weights");
    ResultStore store = ResultStore::open(file("all"));
    store.add_experiment("demo", "", "");
    store.add_tasks({training("t")});
    TaskResult result;
    const CurrentFolder current(folder_ / "all");
    result.artifacts = {{"checkpoint", "runs/t/model.pt", "ab", 7}};
    run_task(store, "t", result);
  }
  fs::path file(const std::string& name) const { return folder_ / name / "db" / "r.sqlite"; }
  static std::string weights_of(const ResultStore& store) {
    const std::string path = store.artifacts("t").at(0).path;
    EXPECT_TRUE(fs::path(path).is_absolute());
    return read_file(path);
  }
  nmsw::testing::TemporaryFolder folder_;
};

TEST_F(Checkpoint, IsFoundFromAnyFolder) {
  const CurrentFolder current(folder_ / "elsewhere");
  const ResultStore store = ResultStore::open_read_only("../all/db/r.sqlite");
  EXPECT_EQ(weights_of(store), "weights");
  EXPECT_EQ(std::get<std::string>(single(store, "SELECT path FROM v_artifacts")),
            "../runs/t/model.pt");
  const QueryTable files = store.query(std::string(find_query("files").sql));
  EXPECT_NE(format_query(files, QueryFormat::csv).find(fs::canonical(folder_ / "all").string()),
            std::string::npos)
      << "a person can open what the query names";
}

TEST_F(Checkpoint, IsFoundWhenTheWholeFolderHasMoved) {
  fs::rename(folder_ / "all", folder_ / "moved");
  EXPECT_EQ(weights_of(ResultStore::open(file("moved"))), "weights");
}

TEST_F(Checkpoint, IsFoundByTheDatabaseThatItWasMergedInto) {
  const fs::path out = folder_ / "out.sqlite";
  ResultStore store = ResultStore::open(out);
  EXPECT_EQ(store.merge({file("all")}).results_added, 1);
  EXPECT_EQ(weights_of(store), "weights");
  EXPECT_EQ(std::get<std::string>(single(store, "SELECT path FROM artifact")),
            "all/runs/t/model.pt");
}

/// Version 3 kept paths as they were given.
TEST_F(Checkpoint, OfAnOlderVersionIsFoundWhereItSaysAsBefore) {
  const fs::path absolute = fs::canonical(folder_ / "all" / "runs" / "t" / "model.pt");
  for (const std::string& path : {absolute.string(), std::string("runs/t/model.pt")}) {
    Database(file("all"), Access::create)
        .execute("UPDATE artifact SET path = '" + path + "'; PRAGMA user_version = 3");
    const CurrentFolder current(folder_ / "all");
    EXPECT_EQ(weights_of(ResultStore::open_read_only(file("all"))), "weights") << path;
    ResultStore out = ResultStore::open(folder_ / (path == "runs/t/model.pt" ? "a" : "b"));
    out.merge({file("all")});
    EXPECT_EQ(weights_of(out), "weights") << path;
  }
}

TEST_F(Checkpoint, OfAnOlderVersionIsFoundFromAnyFolderAfterTheUpgrade) {
  Database(file("all"), Access::create)
      .execute("UPDATE artifact SET path = 'runs/t/model.pt'; PRAGMA user_version = 3");
  {
    const CurrentFolder current(folder_ / "all");
    ResultStore::open("db/r.sqlite");
  }
  fs::rename(folder_ / "all", folder_ / "moved");
  EXPECT_EQ(weights_of(ResultStore::open_read_only(file("moved"))), "weights");
}

TEST_F(Checkpoint, OfAnOlderVersionThatIsNotHereKeepsItsPath) {
  Database(file("all"), Access::create)
      .execute("UPDATE artifact SET path = 'results/runs/x.pt'; PRAGMA user_version = 3");
  ResultStore out = ResultStore::open(folder_ / "out.sqlite");
  out.merge({file("all")});
  EXPECT_EQ(std::get<std::string>(single(out, "SELECT path FROM artifact")), "results/runs/x.pt");
}

}  // namespace
}  // namespace nmsw::results::testing
