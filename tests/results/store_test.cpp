#include "results/store.h"

#include <fstream>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "nmsw/base/atomic_file.h"
#include "nmsw/base/digest.h"
#include "nmsw/base/error.h"
#include "results/catalog.h"
#include "results/sqlite.h"
#include "tests/results/canned_store.h"

namespace nmsw::results::testing {
namespace {

using ::testing::HasSubstr;

template <class Fault, class Action>
std::string message_of(Action action) {
  try {
    action();
  } catch (const Fault& fault) {
    return fault.what();
  }
  ADD_FAILURE() << "nothing of that kind was thrown";
  return "";
}

TEST(ResultStore, MakesTheFolderAndOpensAgain) {
  const nmsw::testing::TemporaryFolder folder;
  const auto file = folder / "new" / "r.sqlite";
  ResultStore::open(file).add_experiment("e", "text", "sha");
  EXPECT_EQ(ResultStore::open(file).experiments(), std::vector<std::string>{"e"});
  EXPECT_EQ(ResultStore::open_read_only(file).experiments(), std::vector<std::string>{"e"});
}

TEST(ResultStore, KeepsTheDatabaseInWalModeWithStrictTables) {
  TestStore store;
  EXPECT_EQ(std::get<std::string>(single(*store, "SELECT journal_mode FROM pragma_journal_mode")),
            "wal");
  EXPECT_EQ(
      count(*store,
            "pragma_table_list WHERE type = 'table' AND name NOT LIKE 'sqlite%' AND NOT strict"),
      0);
  EXPECT_EQ(std::get<int64_t>(single(*store, "SELECT foreign_keys FROM pragma_foreign_keys")), 1);
}

TEST(ResultStore, OpeningAnExistingDatabaseWritesNothing) {
  TestStore store;
  store.disconnect();
  const std::string before = sha256_file(store.file());
  ResultStore::open(store.file());
  ResultStore::open_read_only(store.file());
  EXPECT_EQ(sha256_file(store.file()), before);
}

TEST(ResultStore, RefusesANewerDatabaseAndLeavesItAsItIs) {
  TestStore store;
  const auto file = store.folder() / "newer.sqlite";
  ResultStore::open(file);
  Database(file, Access::create).execute("PRAGMA user_version = 99");
  const std::string before = sha256_file(file);
  for (const auto& open :
       {+[](const std::filesystem::path& f) { ResultStore::open(f); },
        +[](const std::filesystem::path& f) { ResultStore::open_read_only(f); }}) {
    const std::string message = message_of<ConfigError>([&] { open(file); });
    EXPECT_THAT(message, HasSubstr(file.string()));
    EXPECT_THAT(message, HasSubstr("version 99"));
    EXPECT_THAT(message, HasSubstr("up to 7"));
    EXPECT_THAT(message, HasSubstr("update the program"));
  }
  EXPECT_EQ(sha256_file(file), before);
}

TEST(ResultStore, RefusesWhatIsNoResultDatabase) {
  const nmsw::testing::TemporaryFolder folder;
  write_text_atomically(folder / "note.txt",
                        "not a database at all, just a note that someone left here\n");
  write_text_atomically(folder / "short.txt", "x");
  for (const char* name : {"note.txt", "short.txt"}) {
    EXPECT_THAT(message_of<DataError>([&] { ResultStore::open(folder / name); }),
                HasSubstr((folder / name).string()));
    EXPECT_THAT(message_of<DataError>([&] { ResultStore::open_read_only(folder / name); }),
                HasSubstr("SQLite"));
  }
  EXPECT_EQ(read_file(folder / "short.txt"), "x");
  { Database(folder / "photos.db", Access::create).execute("CREATE TABLE photo (id INTEGER)"); }
  EXPECT_THAT(message_of<DataError>([&] { ResultStore::open(folder / "photos.db"); }),
              HasSubstr("not a result database"));
}

TEST(ResultStore, SaysWhichFileCannotBeReadOrWritten) {
  const nmsw::testing::TemporaryFolder folder;
  const auto absent = folder / "absent.sqlite";
  EXPECT_THAT(message_of<DataError>([&] { ResultStore::open_read_only(absent); }),
              HasSubstr(absent.string()));
  EXPECT_FALSE(std::filesystem::exists(absent));
  write_text_atomically(folder / "file", "x");
  const auto below_file = folder / "file" / "r.sqlite";
  EXPECT_THAT(message_of<DataError>([&] { ResultStore::open(below_file); }),
              HasSubstr(below_file.string()));
  EXPECT_THAT(message_of<DataError>([&] { ResultStore::open(folder.path()); }),
              HasSubstr(folder.path().string()));
}

TEST(ResultStore, OpensFilesWithSpecialCharactersInTheirNames) {
  const nmsw::testing::TemporaryFolder folder;
  const auto file = folder / "100% #1? é.sqlite";
  ResultStore::open(file).add_experiment("e", "", "");
  EXPECT_TRUE(std::filesystem::exists(file));
  EXPECT_EQ(ResultStore::open_read_only(file).experiments().size(), 1u);
}

TEST(ResultStore, AReaderCannotWrite) {
  TestStore store;
  ResultStore reader = ResultStore::open_read_only(store.file());
  EXPECT_THROW(reader.add_experiment("x", "", ""), DataError);
}

TEST(ResultStore, StoresEveryKindOfRowAndItsUndefinedValuesAsNull) {
  TestStore store;
  store->add_tasks({training("t", "nmsw")});
  TaskResult result;
  EpochLog epoch;
  epoch.epoch = 1;
  epoch.train_loss = 0.5;
  epoch.loss_terms["dice"] = 0.25;
  result.epochs = {epoch};
  result.class_weights = {{1, "liver", 0.75}};
  result.patch_picks = {{"c1", 0, 12, -1.5, {1, 2, 3}, {4, 5, 6}}};
  result.artifacts = {{"checkpoint", "runs/t/best.pt", "ab", 10}};
  result.peak_memory = {{"host", 0, 1000, ""}};
  StageTime time;
  time.device = "cpu";
  time.stage = "total";
  result.stage_times = {time};
  MetricValue infinite = score("c1", 1, "hd95", std::numeric_limits<double>::infinity());
  result.metrics = {infinite, score("c1", 2, "hd95", std::nullopt),
                    score("c1", 1, "dsc", kUndefined)};
  run_task(*store, "t", result);
  EXPECT_EQ(count(*store, "v_cases WHERE value IS NULL AND policy = 'monai'"), 3);
  EXPECT_EQ(
      count(*store, "epoch_log WHERE train_loss = 0.5 AND validation_loss IS NULL AND tau IS NULL"),
      1);
  EXPECT_EQ(std::get<double>(
                single(*store, "SELECT json_extract(loss_terms, '$.dice') FROM v_learning_curves")),
            0.25);
  EXPECT_EQ(
      count(*store,
            "v_class_weights WHERE weight = 0.75 AND class_name = 'liver' AND dataset = 'word'"),
      1);
  EXPECT_EQ(count(*store, "v_patch_picks WHERE start_z = 3 AND size_x = 4 AND patch_index = 12"),
            1);
  EXPECT_EQ(count(*store, "v_memory WHERE bytes_measured IS NULL AND bytes_predicted = 1000"), 1);
  EXPECT_EQ(count(*store, "v_speed WHERE seconds_median IS NULL AND backbone = 'unet'"), 1);
  const auto artifacts = store->artifacts("t");
  ASSERT_EQ(artifacts.size(), 1u);
  EXPECT_EQ(artifacts[0].path, std::filesystem::absolute("runs/t/best.pt"));
  EXPECT_EQ(artifacts[0].bytes, 10);
  EXPECT_TRUE(store->artifacts("unknown").empty());
}

/// A 2x1x1 grid with the second patch chosen, and a plane of 2x1 pixels.
TaskResult pictures() {
  TaskResult result;
  SelectionMap map;
  map.epoch = 4;
  map.case_id = "c1";
  map.counts_xyz = {2, 1, 1};
  map.log_probability = {-0.1, -std::numeric_limits<double>::infinity()};
  map.picks = {{"c1", 0, 1, -0.1, {8, 0, 0}, {16, 16, 16}}};
  result.selection_maps = {map};
  result.slices = {
      {"c1", "axial", 9, {20, 10, 30}, {1, 1, 2.5}, 2, 1, {0, 255}, {3, 0}, {0, 1}, "5"},
      {"c1", "coronal", 4, {20, 10, 30}, {1, 1, 2.5}, 2, 1, {1, 2}, {0, 0}, {}, ""}};
  return result;
}

TEST(ResultStore, StoresWhatTheFiguresShow) {
  TestStore store;
  store->add_tasks({training("t", "nmsw")});
  run_task(*store, "t", pictures());
  EXPECT_EQ(count(*store,
                  "v_selection_maps m, json_each(m.log_probability) j WHERE m.epoch = 4 AND "
                  "m.counts_x = 2 AND j.key = 0 AND j.value = -0.1"),
            1);
  EXPECT_EQ(
      count(*store, "v_selection_maps m, json_each(m.log_probability) j WHERE j.value IS NULL"), 1);
  EXPECT_EQ(
      count(
          *store,
          "v_selection_picks WHERE epoch = 4 AND patch_index = 1 AND start_x = 8 AND size_z = 16"),
      1);
  EXPECT_EQ(count(*store,
                  "v_case_slices WHERE plane = 'axial' AND position = 9 AND extent_z = 30 AND "
                  "spacing_z_mm = 2.5 AND grey = x'00ff' AND label = x'0300' AND prediction = "
                  "x'0001' AND k = '5'"),
            1);
  EXPECT_EQ(count(*store, "v_case_slices WHERE plane = 'coronal' AND prediction IS NULL"), 1);
}

TEST(ResultStore, RefusesAMapOrAPlaneOfAnotherSize) {
  TestStore store;
  store->add_tasks({training("t", "nmsw")});
  const auto claim = store->claim("w", 60, {"t"});
  TaskResult map = pictures(), plane = pictures();
  map.selection_maps[0].counts_xyz = {3, 1, 1};
  plane.slices[0].label.push_back(0);
  EXPECT_THROW(static_cast<void>(store->finish(*claim, {}, map)), DataError);
  EXPECT_THROW(static_cast<void>(store->finish(*claim, {}, plane)), DataError);
  EXPECT_EQ(count(*store, "selection_pick") + count(*store, "case_slice"), 0) << "all or nothing";
}

TEST(ResultStore, KeepsTheProvenanceOfTheRunThatCounts) {
  TestStore store;
  store->add_tasks({training("t")});
  RunRecord run;
  run.commit = "abc";
  run.dirty = true;
  run.data_sha = "d";
  run.threads = 2;
  EXPECT_EQ(store->fail(*store->claim("w", 60, {"t"}), run, "first try"), Written::stored);
  store->retry_failed();
  run.commit = "def";
  EXPECT_EQ(store->finish(*store->claim("w", 60, {"t"}), run, {}), Written::stored);
  const QueryTable rows = store->query(
      "SELECT \"commit\", dirty, data_sha, threads, started, finished FROM v_provenance");
  ASSERT_EQ(rows.rows.size(), 1u);
  EXPECT_EQ(std::get<std::string>(rows.rows[0][0]), "def");
  EXPECT_EQ(std::get<int64_t>(rows.rows[0][1]), 1);
  EXPECT_EQ(std::get<int64_t>(rows.rows[0][3]), 2);
  EXPECT_EQ(std::get<std::string>(rows.rows[0][4]), "2025-06-15T15:06:40.000Z")
      << "1.75e9 s after 1970";
  EXPECT_EQ(count(*store, "run"), 2) << "every attempt is kept";
}

TEST(ResultStore, ARankedPassMustNameItsK) {
  TestStore store;
  store->add_tasks({evaluation("e", "nmsw", "5,30")});
  const auto claim = store->claim("w", 60, {"e"});
  TaskResult result;
  result.metrics = {score("c1", 1, "dsc", 0.5)};
  EXPECT_THROW(static_cast<void>(store->finish(*claim, {}, result)), std::logic_error);
}

TEST(Query, AllowsOneSelectAndNothingElse) {
  TestStore store;
  EXPECT_EQ(count(*store, "experiment"), 1);
  EXPECT_EQ(store->query("-- note\n /* more */ WITH a AS (SELECT 1 AS x) SELECT x FROM a; -- end\n")
                .columns.at(0),
            "x");
  for (const char* sql :
       {"DELETE FROM experiment", "WITH a AS (SELECT 1) DELETE FROM experiment",
        "PRAGMA user_version = 3", "ATTACH 'x.db' AS x", "SELECT 1; DELETE FROM experiment", "",
        ";", "VACUUM", "SELECT nothing FROM nowhere", "EXPLAIN SELECT 1", "SELEC 1"}) {
    EXPECT_THROW(store->query(sql), ConfigError) << sql;
  }
  EXPECT_EQ(count(*store, "experiment"), 1);
}

TEST(Query, BlamesTheStatementForItsOwnErrors) {
  TestStore store;
  for (const char* sql : {"SELECT load_extension('x')", "SELECT abs(-9223372036854775808)",
                          "SELECT json('{')", "SELECT zeroblob(3000000000)"}) {
    try {
      store->query(sql);
      ADD_FAILURE() << sql;
    } catch (const ConfigError& error) {
      EXPECT_NE(std::string(error.what()).find("correct the statement"), std::string::npos)
          << error.what();
      EXPECT_EQ(std::string(error.what()).find("restore"), std::string::npos) << error.what();
    }
  }
}

TEST(Query, KeepsTypesAndNull) {
  TestStore store;
  const QueryTable table =
      store->query("SELECT NULL AS a, 2 AS b, 0.5 AS c, 'x' AS d, x'0aff' AS e");
  EXPECT_EQ(table.columns, (std::vector<std::string>{"a", "b", "c", "d", "e"}));
  EXPECT_EQ(table.rows.at(0), (std::vector<QueryValue>{std::monostate{}, int64_t{2}, 0.5,
                                                       std::string("x"), std::string("0aff")}));
}

TEST(QueryCatalog, EveryNamedQueryRunsOnAnEmptyDatabase) {
  TestStore store;
  EXPECT_GE(query_catalog().size(), 10u);
  for (const NamedQuery& query : query_catalog()) {
    EXPECT_NO_THROW(store->query(std::string(query.sql))) << query.name;
    EXPECT_FALSE(query.help.empty()) << query.name;
    EXPECT_EQ(&find_query(std::string(query.name)), &query);
  }
  EXPECT_THAT(message_of<ConfigError>([] { find_query("nonsense"); }), HasSubstr("comparison"));
}

}  // namespace
}  // namespace nmsw::results::testing
