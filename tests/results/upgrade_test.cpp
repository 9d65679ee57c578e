#include <set>
#include <sstream>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "nmsw/base/digest.h"
#include "results/catalog.h"
#include "tests/results/canned_store.h"
#include "tests/results/databases.h"

namespace nmsw::results::testing {
namespace {

using ::testing::ElementsAre;

std::string version_of(Database& database) {
  return std::to_string(database.number("PRAGMA user_version"));
}

/// Tables, views and indices as SQLite keeps them, without the blanks that separate words.
std::set<std::string> definitions_of(Database& database) {
  std::set<std::string> found;
  for (std::string line : lines_of(
           database, "SELECT type, name, sql FROM sqlite_schema WHERE name NOT LIKE 'sqlite_%'")) {
    line.erase(
        std::remove_if(line.begin(), line.end(), [](char c) { return std::isspace(c) != 0; }),
        line.end());
    found.insert(line);
  }
  return found;
}

/// A database as one of the versions so far left it.
class StoredDatabase : public ::testing::TestWithParam<std::filesystem::path> {
 protected:
  void SetUp() override { make_database(GetParam(), file_); }
  nmsw::testing::TemporaryFolder folder_;
  std::filesystem::path file_ = folder_ / "r.sqlite";
};

TEST_P(StoredDatabase, KeepsEveryRowWhenItIsBroughtUpToDate) {
  std::map<std::string, std::string> columns;
  std::map<std::string, std::vector<std::string>> before;
  {
    Database database(file_, Access::read_only);
    columns = columns_of_tables(database);
    before = rows_of_tables(database, columns);
  }
  EXPECT_GE(before.size(), 13u);
  for (const auto& [table, rows] : before) EXPECT_GE(rows.size(), 2u) << table;
  ResultStore::open(file_);
  ResultStore::open(folder_ / "new.sqlite");
  Database database(file_, Access::read_only), fresh(folder_ / "new.sqlite", Access::read_only);
  EXPECT_EQ(rows_of_tables(database, columns), before);
  EXPECT_EQ(version_of(database), version_of(fresh));
  EXPECT_EQ(definitions_of(database), definitions_of(fresh));
  EXPECT_THAT(lines_of(database, "PRAGMA integrity_check"), ElementsAre("ok|"));
  EXPECT_THAT(lines_of(database, "PRAGMA quick_check"), ElementsAre("ok|"));
  EXPECT_THAT(lines_of(database, "PRAGMA foreign_key_check"), ElementsAre());
}

/// The lines after the first, which names the columns, in one order: a view has none.
std::string in_order(const std::string& csv) {
  std::istringstream lines(csv);
  std::string heading;
  std::getline(lines, heading);
  std::multiset<std::string> sorted;
  for (std::string line; std::getline(lines, line);) sorted.insert(line);
  for (const std::string& line : sorted) heading += '\n' + line;
  return heading;
}

/// What every view and every named query answers.
std::map<std::string, std::string> answers_of(const ResultStore& store) {
  std::map<std::string, std::string> answers;
  for (const char* schema : {"main", "temp"}) {
    const QueryTable views =
        store.query("SELECT name, 'SELECT * FROM ' || name FROM " + std::string(schema) +
                    ".sqlite_schema WHERE type = 'view' AND name GLOB 'v_*' AND name NOT GLOB "
                    "'v_new_*'");  // what is not summed yet differs
    for (const auto& view : views.rows) {
      answers[std::get<std::string>(view.at(0))] =
          in_order(format_query(store.query(std::get<std::string>(view.at(1))), QueryFormat::csv));
    }
  }
  for (const NamedQuery& query : query_catalog()) {
    answers["query " + std::string(query.name)] =
        format_query(store.query(std::string(query.sql)), QueryFormat::csv);
  }
  return answers;
}

TEST_P(StoredDatabase, AnswersAsItIsWhatItAnswersBroughtUpToDate) {
  const std::string before = sha256_file(file_);
  const auto as_it_is = answers_of(ResultStore::open_read_only(file_));
  EXPECT_EQ(sha256_file(file_), before);
  ResultStore store = ResultStore::open(file_);
  EXPECT_EQ(answers_of(store), as_it_is);
  EXPECT_GE(as_it_is.size(), 40u);
  EXPECT_EQ(count(store, "v_cases"), 5);
  EXPECT_EQ(count(store, "v_comparison WHERE method = 'nmsw' AND k = '5' AND dsc = 0.6"), 1)
      << "mean of 0.5 and 0.7";
  EXPECT_EQ(count(store, "v_class_weights"), 6) << "three, listed by two experiments";
  EXPECT_EQ(count(store, "v_learning_curves"), 4);
}

TEST_P(StoredDatabase, TakesNewResults) {
  ResultStore store = ResultStore::open(file_);
  EXPECT_EQ(store.status().states.at("done"), 3);
  EXPECT_EQ(store.release_lost([](const std::string&) { return true; }), 1);
  CaseSlice slice;
  slice.case_id = "case-3";
  slice.plane = "axial";
  slice.position = 3;
  slice.columns = slice.rows = 1;
  slice.grey = slice.label = {7};
  TaskResult result;
  result.slices = {slice};
  MacCount macs;
  macs.extent = "1x2x3";
  result.mac_counts = {macs};
  run_task(store, "train-2", result);
  EXPECT_EQ(count(store, "v_case_slices WHERE position = 3"), 1);
  EXPECT_EQ(count(store, "v_costs WHERE extent = '1x2x3'"), 1);
}

TEST_P(StoredDatabase, CanBeMerged) {
  TestStore out;
  EXPECT_EQ(out->merge({file_}).results_added, 3);
  EXPECT_EQ(count(*out, "v_cases"), 5);
  EXPECT_EQ(count(*out, "artifact"), 3);
}

INSTANTIATE_TEST_SUITE_P(Upgrade, StoredDatabase, ::testing::ValuesIn(stored_databases()),
                         [](const auto& database) { return database.param.stem().string(); });

TEST(StoredDatabases, HoldOneOfEachVersionAndThePresentSchema) {
  const nmsw::testing::TemporaryFolder folder;
  ResultStore::open(folder / "new.sqlite");
  Database fresh(folder / "new.sqlite", Access::read_only);
  std::set<std::string> versions;
  for (const auto& sql : stored_databases()) {
    const auto file = folder / sql.stem().string();
    make_database(sql, file);
    Database database(file, Access::read_only);
    versions.insert(version_of(database));
    if (version_of(database) == version_of(fresh)) {
      EXPECT_EQ(definitions_of(database), definitions_of(fresh))
          << "schema.sql was changed: raise its version and kSchemaVersion, and keep a database "
             "of the new version (tests/results/databases/make)";
    }
  }
  for (int version = 1; version <= std::stoi(version_of(fresh)); ++version)
    EXPECT_EQ(versions.count(std::to_string(version)), 1u) << "no database of version " << version;
}

/// SQLite 3.40 reads the wrong columns in its checks otherwise.
TEST(Schema, KeysComeFirstInTablesWithoutRowid) {
  TestStore store;
  EXPECT_EQ(count(*store,
                  "pragma_table_list t, pragma_table_info(t.name) c WHERE t.wr AND c.pk > 0 AND "
                  "c.pk <> c.cid + 1"),
            0);
  EXPECT_GE(count(*store, "pragma_table_list WHERE wr"), 10);
}

}  // namespace
}  // namespace nmsw::results::testing
