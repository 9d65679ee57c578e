#include "runners/planning/plan/key_upgrade.h"

#include "datasets/layouts/content_key.h"
#include "nmsw/base/atomic_file.h"
#include "nmsw/base/digest.h"
#include "results/sqlite.h"
#include "runners/planning/tasks/identity.h"
#include "runners/planning/tasks/stored_tasks.h"
#include "runners/planning/tasks/task_specs.h"
#include "tests/runners/planning/experiment_text.h"
#include "tests/support/build_paths.h"
#include "tests/support/temporary_folder.h"

namespace nmsw::runners {
namespace {

namespace fs = std::filesystem;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::SizeIs;

/// The experiment that commit 6c837ed ran for data/smoke_of_6c837ed.sql: smoke.yaml of then.
std::string smoke_of_then() {
  return R"(
experiment: smoke
datasets: [word]
backbones: [unet]
methods: [sliding_window, zoom_out, {random_foreground: {k: [2]}}, {nmsw: {k: [2, full]}}]
networks: {unet: {channels: [4, 8, 8], strides: [2, 2, 1]}}
global_network: {unet: {channels: [4, 8, 8], strides: [2, 2, 1]}}
data:
  source: phantom
  phantom: {train_cases: 2, validation_cases: 1, test_cases: 1, extent_xyz: [48, 48, 48]}
training:
  epochs: 1
  iterations_per_epoch: 1
  local_patches: 2
  validation_every: 1
  augmentation: none
  initialise_nmsw_from: trained
dataset_settings:
  word:
    patch_xyz: [24, 24, 24]
    downsize_rate_xyz: [2, 2, 2]
    preprocessing: {spacing_xyz_mm: null}
profile: {volume: [48, 48, 48], patch: [24, 24, 24], downsize_rate: [2, 2, 2], classes: 5, repeats: 1}
)";
}

/// A database that commit 6c837ed wrote: 11 tasks, all done.
class OldDatabase : public ::testing::Test {
 protected:
  void SetUp() override {
    results::Database database(file_, results::Access::create);
    database.execute(
        read_file(testing::source_folder() / "tests/runners/data/smoke_of_6c837ed.sql"));
    database.execute("PRAGMA application_id = 1313690455; PRAGMA user_version = 2");
  }
  int upgrade() {
    results::ResultStore store = results::ResultStore::open(file_);
    return upgrade_keys(store, keys_of(plan_), folder_ / "runs", digests_);
  }
  std::map<std::string, std::string> states() const {
    std::map<std::string, std::string> found;
    for (const auto& state : results::ResultStore::open_read_only(file_).tasks())
      found[state.task.key] = state.state;
    return found;
  }
  int64_t number(const std::string& sql) const {
    return std::get<int64_t>(results::ResultStore::open_read_only(file_).query(sql).rows[0][0]);
  }
  void execute(const std::string& sql) {
    results::Database(file_, results::Access::create).execute(sql);
  }
  std::string key_of(const std::string& column) const {
    const auto table = results::ResultStore::open_read_only(file_).query(
        "SELECT key FROM task WHERE kind = 'train' AND scheme = '" + column + "'");
    return std::get<std::string>(table.rows.at(0).at(0));
  }

  testing::TemporaryFolder folder_;
  fs::path file_ = folder_ / "r.sqlite";
  datasets::FileDigests digests_;
  Plan plan_ = plan_of(smoke_of_then());
};

TEST_F(OldDatabase, IsClaimedExceptWhereResultsMeanSomethingElseNow) {
  ASSERT_THAT(plan_.tasks, SizeIs(11));
  EXPECT_EQ(upgrade(), 11);
  const auto stored = states();
  std::vector<std::string> left;
  for (const results::TaskRecord& task : plan_.tasks) {
    if (stored.count(task.key) == 0) left.push_back(task.kind + " " + task.method);
  }
  EXPECT_THAT(left, ::testing::UnorderedElementsAre("evaluate zoom_out", "profile zoom_out",
                                                    "evaluate random_foreground", "evaluate nmsw"));
  EXPECT_THAT(stored, SizeIs(11)) << "the old results are there";
  EXPECT_EQ(number("SELECT count(*) FROM task t JOIN task_dependency d ON d.task_id = t.id"), 8);
  EXPECT_EQ(number("SELECT count(DISTINCT run_id) FROM metric_value"), 4);
}

TEST_F(OldDatabase, IsUpgradedOnce) {
  EXPECT_EQ(upgrade(), 11);
  const auto after = states();
  EXPECT_EQ(upgrade(), 0);
  EXPECT_EQ(states(), after);
}

TEST_F(OldDatabase, KeepsATaskInAllExperimentsThatListIt) {
  execute(
      "INSERT INTO experiment (name, config_text, config_sha, added) VALUES ('b', '', '', '');"
      "INSERT INTO experiment_task SELECT e.id, t.id FROM experiment e, task t WHERE e.name = 'b'");
  EXPECT_EQ(upgrade(), 11);
  EXPECT_EQ(number("SELECT count(*) FROM experiment_task"), 22);
}

TEST_F(OldDatabase, NamesItsTrainingsByTheirNewKeysInTheConfigurations) {
  upgrade();
  const auto store = results::ResultStore::open_read_only(file_);
  for (const results::TaskState& state : store.tasks()) {
    const auto config = nlohmann::json::parse(state.task.config_json);
    if (!config.contains("weights")) continue;
    for (const auto& ref : config.at("weights")) {
      const auto key = ref.at("task_key").get<std::string>();
      EXPECT_EQ(store.artifacts(key).size(), 1U) << "evaluations find their checkpoints";
    }
  }
}

TEST_F(OldDatabase, ContinuesATrainingThatWasInterrupted) {
  const std::string old_key = key_of("nmsw");
  execute("UPDATE task SET state = 'pending', done_run = NULL WHERE key = '" + old_key + "'");
  write_text_atomically(folder_ / ("runs/" + old_key.substr(0, 16) + "/state.pt"), "state");
  const fs::path finished = folder_ / ("runs/" + key_of("local").substr(0, 16) + "/model.pt");
  write_text_atomically(finished, "weights");
  upgrade();
  EXPECT_TRUE(fs::exists(finished)) << "the database says it is there";
  const auto task = tasks_of(plan_, "train", "nmsw").at(0);
  EXPECT_EQ(read_file(folder_ / ("runs/" + task.key.substr(0, 16) + "/state.pt")), "state");
  EXPECT_EQ(states().at(task.key), "pending");
}

TEST_F(OldDatabase, SurvivesAnInterruptionOfItsUpgrade) {
  const std::string old_key = key_of("nmsw");
  execute("UPDATE task SET state = 'pending', done_run = NULL WHERE key = '" + old_key + "'");
  // The folder is renamed already, the database is not changed yet.
  const auto task = tasks_of(plan_, "train", "nmsw").at(0);
  const fs::path state = folder_ / ("runs/" + task.key.substr(0, 16) + "/state.pt");
  write_text_atomically(state, "state");
  EXPECT_EQ(upgrade(), 11);
  EXPECT_EQ(read_file(state), "state");
}

TEST_F(OldDatabase, WaitsForAnOlderProgramThatWorksOnIt) {
  execute(
      "UPDATE task SET state = 'running', done_run = NULL, worker = 'elsewhere:1' WHERE key = '" +
      key_of("nmsw") + "'");
  const auto before = states();
  try {
    upgrade();
    FAIL() << "no fault";
  } catch (const DataError& error) {
    EXPECT_THAT(error.what(), HasSubstr("elsewhere:1"));
  }
  EXPECT_EQ(states(), before);
}

TEST_F(OldDatabase, LeavesWhatItCannotReadAlone) {
  execute("UPDATE task SET config_json = '{\"unknown\": 1}' WHERE kind = 'profile'");
  EXPECT_EQ(upgrade(), 7);
  EXPECT_EQ(number("SELECT count(*) FROM task WHERE state = 'done'"), 11);
}

TEST_F(OldDatabase, SaysWhatThePlanAsksForNoMore) {
  upgrade();
  const auto listed = results::ResultStore::open_read_only(file_).tasks("smoke");
  const std::vector<std::string> notes = unclaimed_notes(plan_, listed);
  ASSERT_THAT(notes, SizeIs(4));
  for (const std::string& note : notes)
    EXPECT_THAT(note, ::testing::AllOf(
                          HasSubstr("1 finished task of 'smoke'"),
                          HasSubstr("results of version 2 are needed, these are of version 1")));
  const Plan other =
      plan_of(smoke_of_then(), {"training.local.epochs=3", "methods=sliding_window"});
  std::string text;
  for (const std::string& note : unclaimed_notes(other, listed)) text += note + '\n';
  EXPECT_THAT(text, HasSubstr("train local: other settings: training.epochs"));
  EXPECT_THAT(text, HasSubstr("evaluate sliding_window: a training that they use is another one"));
  EXPECT_THAT(text, HasSubstr("evaluate nmsw: the grid has no such cell any more"));
}

/// A database whose fingerprints are of names and sizes, as older versions took them.
class OldFiles : public ::testing::Test {
 protected:
  void SetUp() override {
    for (const char* file : {"Tr/a", "Ts/t"}) {
      write_text_atomically(folder_ / fmt::format("data/images{}.nii.gz", file), "image");
      write_text_atomically(folder_ / fmt::format("data/labels{}.nii.gz", file), "label");
    }
    write_old(plan());
  }
  Plan plan() const {
    return plan_of(
        "experiment: x\ndatasets: [word]\nbackbones: [unet]\nmethods: [sliding_window]\n"
        "data: {source: real, roots: {word: '" +
        (folder_ / "data").string() + "'}}\n");
  }
  /// The plan's tasks under other keys, with the fingerprints of an older version.
  void write_old(const Plan& now) {
    results::ResultStore store = results::ResultStore::open(folder_ / "r.sqlite");
    store.add_experiment("x", "", "old");
    std::vector<results::TaskRecord> tasks = now.tasks;
    for (results::TaskRecord& task : tasks) {
      auto config = nlohmann::ordered_json::parse(task.config_json);
      config["data"]["files"] = names(task.kind == "train");
      for (auto& ref : config["weights"]) ref["task_key"] = "old train";
      task.config_json = config.dump();
      task.key = "old " + task.kind;
      for (std::string& need : task.depends_on) need = "old train";
    }
    store.add_tasks(tasks);
    for (const results::TaskRecord& task : tasks) {
      results::RunRecord run;
      run.data_sha = data_sha_;
      ASSERT_EQ(store.finish(*store.claim("test", 60, {task.key}), run, {}),
                results::Written::stored);
    }
  }
  /// What the runs of an older version say of the files as they are.
  std::string data_sha() {
    const Plan now = plan();
    const auto spec =
        read_config<TrainSpec>(ConfigNode::parse(now.tasks.at(0).config_json, "train"));
    return data_digest(spec.data.descriptor, list_cases(spec.data.descriptor, spec.data.root),
                       spec.data.fit, digests_);
  }
  std::string names(bool training) const {
    std::vector<datasets::CaseFiles> cases;
    for (const auto& files : list_cases(datasets::load_descriptor("word"), folder_ / "data")) {
      if ((files.split != datasets::Split::test) == training) cases.push_back(files);
    }
    return names_fingerprint(cases, folder_ / "data");
  }
  std::string states_of(const Plan& now) {
    results::ResultStore store = results::ResultStore::open(folder_ / "r.sqlite");
    upgrade_keys(store, keys_of(now), folder_ / "runs", digests_);
    std::string text;
    for (const results::TaskRecord& task : now.tasks) {
      const auto state = store.task(task.key);
      text += task.kind + " " + (state ? state->state : "absent") + "\n";
    }
    return text;
  }
  testing::TemporaryFolder folder_;
  datasets::FileDigests digests_;
  std::string data_sha_;
};

TEST_F(OldFiles, OfTheSameSizeAreComparedWithWhatTheRunsHaveSeen) {
  fs::remove(folder_ / "r.sqlite");
  data_sha_ = data_sha();
  write_old(plan());
  EXPECT_EQ(states_of(plan()), "train done\nevaluate done\n");
  fs::remove(folder_ / "r.sqlite");
  write_old(plan());
  write_text_atomically(folder_ / "data/labelsTs/t.nii.gz", "LABEL");
  EXPECT_EQ(states_of(plan()), "train absent\nevaluate absent\n")
      << "an old run knows all of its data by one digest";
}

TEST_F(OldFiles, ThatAreStillThereAreFoundByTheirContents) {
  EXPECT_EQ(states_of(plan()), "train done\nevaluate done\n");
}

TEST_F(OldFiles, OfAnotherSizeAreOthers) {
  write_text_atomically(folder_ / "data/labelsTs/t.nii.gz", "corrected");
  EXPECT_EQ(states_of(plan()), "train done\nevaluate absent\n");
}

TEST_F(OldFiles, ThatAreGoneForAWhileAreFoundLater) {
  const Plan before = plan();
  fs::rename(folder_ / "data", folder_ / "away");
  EXPECT_EQ(states_of(before), "train absent\nevaluate absent\n");
  fs::rename(folder_ / "away", folder_ / "data");
  EXPECT_EQ(states_of(before), "train done\nevaluate done\n");
}

}  // namespace
}  // namespace nmsw::runners
