#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <chrono>
#include <functional>
#include <optional>
#include <thread>

#include "results/store.h"
#include "runners/slurm/cluster_folder.h"
#include "tests/runners/built_program.h"
#include "tests/support/environment_variable.h"

// Real daemons: slurmctld and four slurmd on this host, started and stopped here.

namespace nmsw::runners {
namespace {

namespace fs = std::filesystem;
using ::testing::HasSubstr;

std::string output_of(const std::string& command) {
  const testing::TemporaryFolder caught;
  const fs::path file = caught / "out";
  const int status = std::system(("{ " + command + "; } > '" + file.string() + "' 2>&1").c_str());
  EXPECT_EQ(status, 0) << command << ": " << read_file(file);
  return read_file(file);
}

/// Looks every fifth of a second, for two minutes at most.
bool comes_true(const std::function<bool()>& condition) {
  for (int looked = 0; looked < 600; ++looked) {
    if (condition()) return true;
    std::this_thread::sleep_for(std::chrono::milliseconds(200));
  }
  return false;
}

/// Why there can be no cluster here; empty where there can.
std::string obstacle() {
  if (geteuid() != 0) return "the daemons need root";
  for (const char* program : {"slurmctld", "slurmd", "munged", "sbatch"}) {
    if (std::system((std::string("command -v ") + program + " > /dev/null").c_str()) != 0)
      return std::string(program) + " is not installed; 'make test-slurm' installs it";
  }
  if (!fs::exists(testing::build_folder() / "nmsw-tensor")) return "nmsw-tensor is not built";
  return "";
}

class SlurmCluster : public ::testing::Test {
 protected:
  static void SetUpTestSuite() {
    if (!obstacle().empty()) return;
    folder_.emplace();
    output_of("'" + script() + "' up '" + (*folder_ / "cluster").string() + "' 4");
    configuration_.emplace("SLURM_CONF", (*folder_ / "cluster/slurm.conf").string());
  }
  static void TearDownTestSuite() {
    if (!folder_) return;
    output_of("'" + script() + "' down '" + (*folder_ / "cluster").string() + "'");
    configuration_.reset();
    folder_.reset();
  }
  void SetUp() override {
    if (const std::string why = obstacle(); !why.empty()) GTEST_SKIP() << "skipped: " << why;
  }

  static std::string script() {
    return (testing::source_folder() / "tests/slurm/cluster").string();
  }
  static std::string tiny() {
    return "'" + (testing::source_folder() / "tests/faults/tiny.yaml").string() + "'";
  }
  /// A folder that all nodes see.
  static fs::path place(const std::string& name) {
    fs::create_directories(*folder_ / name);
    return *folder_ / name;
  }
  static bool queue_is_empty() { return output_of("squeue -h").empty(); }

  static std::optional<testing::TemporaryFolder> folder_;
  static std::optional<testing::EnvironmentVariable> configuration_;
};
std::optional<testing::TemporaryFolder> SlurmCluster::folder_;
std::optional<testing::EnvironmentVariable> SlurmCluster::configuration_;

/// Everything that must not depend on where it was computed.
std::string stored(const fs::path& database) {
  const auto store = results::ResultStore::open_read_only(database);
  std::string text;
  for (const char* sql :
       {"SELECT dataset, method, k, case_id, class_index, metric, printf('%.17g', value) FROM "
        "v_cases ORDER BY 1, 2, 3, 4, 5, 6",
        "SELECT scheme, epoch, printf('%.17g', train_loss), printf('%.17g', validation_loss) FROM "
        "v_learning_curves ORDER BY 1, 2",
        "SELECT t.key, a.kind, a.sha256 FROM artifact a JOIN run r ON r.id = a.run_id JOIN task t "
        "ON t.done_run = r.id ORDER BY 1, 2",
        "SELECT key, state FROM task ORDER BY 1"})
    text += results::format_query(store.query(sql), results::QueryFormat::csv);
  return text;
}

int64_t count(const fs::path& database, const std::string& from) {
  const auto store = results::ResultStore::open_read_only(database);
  return std::get<int64_t>(store.query("SELECT count(*) FROM " + from).rows.at(0).at(0));
}

TEST_F(SlurmCluster, AGridOfArraysEqualsTheRunOfOneMachine) {
  const fs::path alone = place("alone"), shared = place("shared");
  const Outcome local =
      run_program_in(alone, "run " + tiny() + " --db r.sqlite --quiet --threads 1");
  ASSERT_EQ(local.code, 0) << local.err;
  const std::string words =
      "slurm " + tiny() + " --db r.sqlite --cpus 1 --mem 500M --time 10 --gres gpu:1 --device cpu";
  const Outcome shown = run_program_in(shared, words + " --dry-run");
  EXPECT_EQ(shown.code, 0) << shown.err;
  EXPECT_THAT(shown.out, HasSubstr("#SBATCH --array=0-"));
  EXPECT_FALSE(fs::exists(shared / "r.sqlite")) << "a dry run writes nothing";
  // As within a job: what it was given must not reach the new ones.
  const Outcome submitted =
      run_program_in(shared, words,
                     "env SLURM_JOB_ID=99 SLURM_ARRAY_TASK_ID=77 SLURM_MEM_PER_NODE=1 "
                     "SLURM_NTASKS=64 SLURM_NNODES=9");
  ASSERT_EQ(submitted.code, 0) << submitted.err;
  EXPECT_THAT(submitted.out, HasSubstr("9 to submit"));
  const Outcome again = run_program_in(shared, words);
  EXPECT_THAT(again.out, HasSubstr(" 0 to submit"))
      << "what is in the queue is not submitted twice";
  const Outcome status = run_program_in(shared, "status --db r.sqlite");
  EXPECT_THAT(status.out, HasSubstr("Slurm: "));
  ASSERT_TRUE(comes_true(queue_is_empty)) << output_of("squeue");
  EXPECT_EQ(stored(shared / "r.sqlite"), stored(alone / "r.sqlite"));
  EXPECT_EQ(count(shared / "r.sqlite", "run"), 9);
  EXPECT_TRUE(fs::exists(shared / "report/report.md"));
  const Outcome done = run_program_in(shared, words);
  EXPECT_THAT(done.out, HasSubstr("9 done, 0 in the queue, 0 to submit"));
}

/// Where a training has saved, in whichever attempt.
bool has_saved(const ClusterFolder& folder) {
  std::error_code absent;
  for (fs::recursive_directory_iterator it(folder.path() / "tasks", absent), end; it != end;
       it.increment(absent)) {
    if (it->path().filename() == "state.safetensors") return true;
  }
  return false;
}

std::string ends_of(const ClusterFolder& folder) {
  std::string ends;
  for (const std::string& key : folder.keys()) {
    for (const Attempt& attempt : folder.attempts(key))
      ends += (attempt.end ? attempt.end->how : "none") + ' ';
  }
  return ends;
}

TEST_F(SlurmCluster, APreemptedTrainingGoesOnBitForBit) {
  const std::string training =
      " --only scheme=local --only kind=train --set training.epochs=60 --set "
      "training.iterations_per_epoch=20 ";
  const fs::path alone = place("calm"), shared = place("preempted");
  const Outcome local =
      run_program_in(alone, "run " + tiny() + training + "--db r.sqlite --quiet --threads 1");
  ASSERT_EQ(local.code, 0) << local.err;
  const Outcome submitted = run_program_in(
      shared, "slurm " + tiny() + training + "--db r.sqlite --cpus 1 --mem 500M --time 10");
  ASSERT_EQ(submitted.code, 0) << submitted.err;
  const ClusterFolder folder = ClusterFolder::of(shared / "r.sqlite");
  ASSERT_TRUE(comes_true([&] { return has_saved(folder); }));
  // As Slurm does before it takes the node away.
  output_of("scancel --batch --signal=USR2 $(squeue -h -t RUNNING -o %A)");
  ASSERT_TRUE(comes_true([&] { return ends_of(folder).find("saved") == 0; })) << ends_of(folder);
  ASSERT_TRUE(comes_true(queue_is_empty)) << output_of("squeue");
  EXPECT_EQ(ends_of(folder), "saved done ");
  EXPECT_EQ(stored(shared / "r.sqlite"), stored(alone / "r.sqlite"));
}

TEST_F(SlurmCluster, WhatIsCancelledSavesAndIsSubmittedAgain) {
  const fs::path shared = place("cancelled");
  const std::string words =
      "slurm " + tiny() +
      " --only scheme=global --only kind=train --set training.epochs=60 --set "
      "training.iterations_per_epoch=20 --db r.sqlite --cpus 1 --mem 500M --time 10";
  ASSERT_EQ(run_program_in(shared, words).code, 0);
  const ClusterFolder folder = ClusterFolder::of(shared / "r.sqlite");
  ASSERT_TRUE(comes_true([&] { return has_saved(folder); }));
  const Outcome cancelled = run_program_in(shared, "cancel --db r.sqlite");
  EXPECT_THAT(cancelled.out, HasSubstr("2 tasks and jobs")) << "the training and the merge job";
  ASSERT_TRUE(comes_true(queue_is_empty)) << "a cancelled task must not come back by itself";
  EXPECT_EQ(ends_of(folder), "saved ");
  const Outcome again = run_program_in(shared, words);
  EXPECT_THAT(again.out, HasSubstr("1 to submit"));
  ASSERT_TRUE(comes_true(queue_is_empty)) << output_of("squeue");
  EXPECT_EQ(ends_of(folder), "saved done ");
  EXPECT_EQ(count(shared / "r.sqlite", "v_tasks WHERE state = 'done'"), 1);
}

}  // namespace
}  // namespace nmsw::runners
