#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/wait.h>

#include <cstdlib>
#include <filesystem>
#include <nlohmann/json.hpp>
#include <sstream>

#include "nmsw/base/atomic_file.h"
#include "results/store.h"
#include "tests/runners/planning/experiment_text.h"
#include "tests/support/build_paths.h"
#include "tests/support/temporary_folder.h"

namespace nmsw::runners {
namespace {

using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::StartsWith;

namespace fs = std::filesystem;

struct Outcome {
  int code = -1;
  std::string out;
  std::string err;
};

/// The built program, in a folder of its own.
class Program : public ::testing::Test {
 protected:
  void SetUp() override {
    if (!fs::exists(program_)) GTEST_SKIP() << program_ << " is not built";
  }
  Outcome run(const std::string& words) const {
    const std::string command = "cd '" + folder_.path().string() + "' && '" + program_.string() +
                                "' " + words + " >out 2>err";
    const int status = std::system(command.c_str());
    return {WIFEXITED(status) ? WEXITSTATUS(status) : -1, read_file(folder_ / "out"),
            read_file(folder_ / "err")};
  }
  void write(const std::string& name, const std::string& text) const {
    write_text_atomically(folder_ / name, text);
  }

  testing::TemporaryFolder folder_;

 private:
  fs::path program_ = testing::build_folder() / "nmsw";
};

TEST_F(Program, RefusesATimeBudgetWithoutAUnitOfTime) {
  for (const char* budget : {"5GiB", "0s", "-1s", "soon"}) {
    const Outcome outcome = run(
        std::string("predict --checkpoint a.pt --input a.nii.gz --output b.nii.gz --time-budget ") +
        budget);
    EXPECT_EQ(outcome.code, 2) << budget;
    EXPECT_THAT(outcome.err, HasSubstr("--time-budget"));
  }
}

TEST_F(Program, PrintsTheHelpOfEveryVerb) {
  for (const char* verb :
       {"run", "plan", "check", "status", "retry", "merge", "report", "query", "predict", "metrics",
        "profile", "import", "phantom", "list", "describe", "doctor", "estimators"}) {
    const Outcome outcome = run(std::string(verb) + " --help");
    EXPECT_EQ(outcome.code, 0) << verb;
    EXPECT_THAT(outcome.out, StartsWith(std::string("nmsw ") + verb)) << verb;
    EXPECT_THAT(outcome.out, HasSubstr("Example:")) << verb;
    EXPECT_THAT(run("--help").out, HasSubstr(verb));
  }
}

TEST_F(Program, EndsWithTwoForWrongUsage) {
  for (const char* words :
       {"", "rn", "plan", "plan --formt json x.yaml", "plan missing.yaml", "query", "list nothing",
        "profile --backbone unett", "profile --volume 0,1,1", "predict --input a.nii"}) {
    const Outcome outcome = run(words);
    EXPECT_EQ(outcome.code, 2) << words;
  }
  EXPECT_THAT(run("rn").err, StartsWith("nmsw: error: 'rn' is no verb; did you mean 'run'?"));
  EXPECT_THAT(run("rn").out, IsEmpty());
}

TEST_F(Program, RefusesAPrecisionThatTheDeviceLacksBeforeAnyTask) {
  write("e.yaml", table_experiment("training: {precision: fp16}\n"));
  const Outcome outcome = run("run e.yaml --device cpu --db e.sqlite");
  EXPECT_EQ(outcome.code, 2);
  EXPECT_THAT(outcome.err, HasSubstr("training.precision: fp16 needs an NVIDIA device"));
  EXPECT_FALSE(fs::exists(folder_ / "e.sqlite"));
}

TEST_F(Program, NamesFileLineAndColumnOfAFault) {
  write("e.yaml", table_experiment("training: {epocs: 3}\n"));
  const Outcome outcome = run("check e.yaml");
  EXPECT_EQ(outcome.code, 2);
  EXPECT_THAT(outcome.err, StartsWith("nmsw: error: e.yaml:8:"));
}

TEST_F(Program, RefusesAWrongExperimentBeforeRunningIt) {
  write("e.yaml", table_experiment("seeds: [-1]\n"));
  EXPECT_EQ(run("run e.yaml").code, 2);
  EXPECT_FALSE(fs::exists(folder_ / "results"));
}

TEST_F(Program, ChecksAndPlansAnExperiment) {
  write("e.yaml", table_experiment());
  EXPECT_EQ(run("check e.yaml --set datasets=word").out,
            "note: data of 'word': phantoms (data.source is phantom)\ne.yaml: correct, 4 tasks\n");
  const Outcome outcome = run("plan e.yaml --format json --only dataset=word");
  EXPECT_EQ(outcome.code, 0);
  EXPECT_EQ(nlohmann::json::parse(outcome.out)["tasks"].size(), 4U);
  EXPECT_FALSE(fs::exists(folder_ / "results"));
}

TEST_F(Program, EndsWithThreeForDataThatIsNotThere) {
  EXPECT_EQ(run("check no_such_folder").code, 3);
  EXPECT_EQ(run("status").code, 3);
  EXPECT_EQ(run("query status").code, 3);
  EXPECT_EQ(run("retry").code, 3);
}

TEST_F(Program, ProfilesFromTheClosedForms) {
  const Outcome outcome =
      run("profile --backbone unet --method nmsw --k 30 --volume 480,480,480 --format json");
  ASSERT_EQ(outcome.code, 0) << outcome.err;
  const auto json = nlohmann::json::parse(outcome.out);
  for (const char* key :
       {"backbone", "method", "k", "volume_xyz", "patch_xyz", "classes", "patches_total",
        "patches_used", "macs", "macs_paper", "params", "params_paper", "peak_bytes_predicted"}) {
    EXPECT_TRUE(json.contains(key)) << key;
  }
  EXPECT_EQ(json["patches_total"], 343);
  EXPECT_EQ(json["patches_used"], 30);
  EXPECT_NEAR(json["macs_paper"].get<double>() / 1e12, 5.85, 0.01);
  EXPECT_EQ(json["params_paper"], 53075866);
}

TEST_F(Program, BenchComparesItsKernelsWithTheLibrary) {
  const Outcome outcome =
      run("bench --backbone unet --patch 32 --volume 0 --classes 2 --repeats 1 --settle 0 "
          "--out bench.csv");
  ASSERT_EQ(outcome.code, 0) << outcome.err;
  EXPECT_THAT(outcome.out, HasSubstr("unet patch 32 classes 2"));
  std::istringstream lines(read_file(folder_ / "bench.csv"));
  std::string header, row, cell;
  ASSERT_TRUE(std::getline(lines, header) && std::getline(lines, row));
  std::istringstream cells(row);
  std::getline(cells, cell, ',');
  EXPECT_EQ(cell, "unet patch 32 classes 2");
  for (int64_t column = 1; std::getline(cells, cell, ','); ++column) {
    EXPECT_GE(std::stod(cell), 0) << header;
    if (column <= 4) {
      EXPECT_GT(std::stod(cell), 0) << header;
    }
  }
  EXPECT_EQ(run("bench --classes 1").code, 2);
  EXPECT_EQ(run("bench --settle -1").code, 2);
  EXPECT_EQ(run("bench --settle inf").code, 2);  // it would never end
  const Outcome elsewhere = run("bench --device cuda:99");
  EXPECT_EQ(elsewhere.code, 2);
  EXPECT_THAT(elsewhere.err, HasSubstr("no such device"));
}

TEST_F(Program, ReadsADatabaseMadeByTheStore) {
  const std::string database = (folder_ / "nmsw.sqlite").string();
  const Plan plan = plan_of(table_experiment());
  {
    auto store = results::ResultStore::open(database);
    store.add_experiment("table", table_experiment(), plan.plan_sha);
    store.add_tasks(plan.tasks);
  }
  EXPECT_THAT(run("status --db nmsw.sqlite").out, HasSubstr("12 pending of 12"));
  EXPECT_EQ(run("query --db nmsw.sqlite --format csv --sql 'SELECT count(*) AS n FROM task'").out,
            "n\n12\n");
  EXPECT_EQ(run("query --db nmsw.sqlite --sql 'DELETE FROM task'").code, 2);
  EXPECT_EQ(run("report --db nmsw.sqlite --out report --format md").code, 0);
  EXPECT_TRUE(fs::exists(folder_ / "report" / "report.md"));
  EXPECT_EQ(run("merge all.sqlite nmsw.sqlite").code, 0);
}

}  // namespace
}  // namespace nmsw::runners
