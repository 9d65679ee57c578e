#include "runners/planning/plan/plan.h"

#include <algorithm>
#include <set>

#include "runners/planning/plan/plan_format.h"
#include "runners/planning/tasks/task_specs.h"
#include "tests/runners/planning/experiment_text.h"
#include "tests/support/build_paths.h"

namespace nmsw::runners {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::SizeIs;

TEST(Plan, SharesOneLocalTrainingAmongTheMethodsThatNeedIt) {
  const Plan plan = plan_of(table_experiment());
  EXPECT_THAT(tasks_of(plan, "train", "local"), SizeIs(3));
  EXPECT_THAT(tasks_of(plan, "train", "nmsw"), SizeIs(3));
  EXPECT_THAT(tasks_of(plan, "train", "global"), SizeIs(0));
  EXPECT_THAT(tasks_of(plan, "evaluate"), SizeIs(6));
}

TEST(Plan, TrainsLocalAndGlobalNetworksOnceForNmswThatStartsFromThem) {
  const Plan plan =
      plan_of(table_experiment("training: {initialise_nmsw_from: trained}\nseeds: [0, 1]\n"));
  EXPECT_THAT(tasks_of(plan, "train", "local"), SizeIs(6));
  EXPECT_THAT(tasks_of(plan, "train", "global"), SizeIs(6));
  for (const results::TaskRecord& task : tasks_of(plan, "train", "nmsw"))
    EXPECT_THAT(task.depends_on, SizeIs(2));
}

TEST(Plan, LetsWorkersBeginWithTheLongestChain) {
  const Plan plan = plan_of(table_experiment("training: {initialise_nmsw_from: trained}\n"));
  std::vector<std::string> keys;
  for (const results::TaskRecord& task : plan.tasks) keys.push_back(task.key);
  const std::vector<std::string> sorted = longest_chain_first(plan, keys);
  EXPECT_THAT(sorted, ::testing::UnorderedElementsAreArray(keys));
  const auto place = [&](const std::string& key) {
    return std::find(sorted.begin(), sorted.end(), key) - sorted.begin();
  };
  double longest = 0;
  std::string first;
  for (const results::TaskRecord& task : plan.tasks) {
    for (const std::string& need : task.depends_on) EXPECT_LT(place(need), place(task.key));
    if (task.kind == "train" && task.scheme == "local" && task.predicted_s > longest) {
      longest = task.predicted_s;
      first = task.dataset;
    }
  }
  const auto of_first = [&](const results::TaskRecord& task) { return task.key == sorted.front(); };
  EXPECT_EQ(std::find_if(plan.tasks.begin(), plan.tasks.end(), of_first)->dataset, first);
}

TEST(Plan, SharesTheLocalTrainingBetweenVariantsOfNmsw) {
  const Plan plan = plan_of(
      "experiment: x\ndatasets: word\nbackbones: unet\ndata: {source: phantom}\n"
      "methods: [sliding_window, {nmsw: {class_weight: [on, off], estimator: [paper, "
      "authors]}}]\n");
  EXPECT_THAT(tasks_of(plan, "train", "local"), SizeIs(1));
  EXPECT_THAT(tasks_of(plan, "train", "nmsw"), SizeIs(4));
}

TEST(Plan, KeepsThePresetsOfAListApart) {
  const Plan paper = plan_of(table_experiment(), {"datasets=word"});
  const Plan both = plan_of(table_experiment("preset: [paper, authors]\n"), {"datasets=word"});
  ASSERT_THAT(both.tasks, SizeIs(2 * paper.tasks.size()));
  for (size_t i = 0; i < paper.tasks.size(); ++i) {
    EXPECT_EQ(both.tasks[i].key, paper.tasks[i].key);
    EXPECT_EQ(both.tasks[i].variant, "");
    EXPECT_EQ(both.tasks[paper.tasks.size() + i].variant, "preset=authors");
  }
}

TEST(Plan, PlansOnceWhatTwoPresetsShare) {
  // Under the authors' preset, the authors' estimator is no variant of its own.
  const Plan plan = plan_of(
      "experiment: x\ndatasets: word\nbackbones: unet\ndata: {source: phantom}\n"
      "preset: [paper, authors]\nmethods: [nmsw, {nmsw: {estimator: [authors]}}]\n");
  std::vector<std::string> variants;
  for (const results::TaskRecord& task : tasks_of(plan, "evaluate"))
    variants.push_back(task.variant);
  EXPECT_THAT(variants, ElementsAre("", "estimator=authors", "preset=authors"));
}

TEST(Plan, OfPaperAgainstAuthorsRunsEveryDifferenceOnceByItself) {
  const Plan plan = make_plan(
      load_experiment(testing::source_folder() / "experiments" / "paper_vs_authors.yaml"), {});
  std::set<std::string> variants;
  for (const results::TaskRecord& task : tasks_of(plan, "evaluate")) {
    if (task.method == "nmsw") {
      EXPECT_TRUE(variants.insert(task.variant).second) << task.variant;
    }
  }
  EXPECT_THAT(variants, SizeIs(10)) << "plain, eight changes, and all at once";
  EXPECT_EQ(variants.count("preset=authors"), 1U);
}

TEST(Plan, ProfilesUnderTheFirstPresetOnly) {
  const std::string profile = "profile: {volume: [160, 160, 160], repeats: 0}\n";
  EXPECT_EQ(
      tasks_of(plan_of(table_experiment("preset: [paper, authors]\n" + profile)), "profile").size(),
      tasks_of(plan_of(table_experiment(profile)), "profile").size());
}

TEST(Plan, PutsATaskBehindAllItDependsOn) {
  std::set<std::string> seen;
  for (const results::TaskRecord& task :
       plan_of(table_experiment("training: {initialise_nmsw_from: trained}\n")).tasks) {
    for (const std::string& key : task.depends_on) EXPECT_EQ(seen.count(key), 1U);
    EXPECT_TRUE(seen.insert(task.key).second);
  }
}

TEST(Plan, KeepsKeysWhenNothingThatCountsHasChanged) {
  const std::vector<std::string> keys = keys_of(plan_of(table_experiment()));
  EXPECT_EQ(keys_of(plan_of(table_experiment("# a comment\ndescription: other words\n"))), keys);
  EXPECT_EQ(keys_of(plan_of(table_experiment(), {"experiment=renamed"})), keys);
  EXPECT_EQ(keys_of(plan_of(table_experiment("training: {epochs: 300, checkpoint_every_s: 5}\n"))),
            keys);
  EXPECT_EQ(keys_of(plan_of(table_experiment(), {"data.cache_bytes=1"})), keys);
}

TEST(Plan, KeepsOldKeysWhenASeedOrADataSetIsAdded) {
  const std::vector<std::string> before = keys_of(plan_of(table_experiment(), {"datasets=[word]"}));
  for (const char* change : {"seeds=[0, 1]", "datasets=[word, totalsegmentator_organ]"}) {
    const std::vector<std::string> after =
        keys_of(plan_of(table_experiment(), {"datasets=[word]", change}));
    EXPECT_GT(after.size(), before.size());
    for (const std::string& key : before)
      EXPECT_EQ(std::count(after.begin(), after.end(), key), 1) << change;
  }
}

TEST(Plan, ChangesOnlyTheKeysThatAChangeConcerns) {
  const auto train_key = [](const char* scheme, const std::vector<std::string>& overrides) {
    std::vector<std::string> all{"datasets=[word]"};
    all.insert(all.end(), overrides.begin(), overrides.end());
    return tasks_of(plan_of(table_experiment(), all), "train", scheme).at(0).key;
  };
  for (const char* nmsw_only :
       {"model.tau_start=1.5", "training.top_k_patches=2", "training.nmsw.epochs=3",
        "dataset_settings.word.downsize_rate_xyz=[2, 2, 2]",
        "global_network={unet: {channels: "
        "[8, 16], strides: [2, 1]}}"}) {
    EXPECT_EQ(train_key("local", {nmsw_only}), train_key("local", {})) << nmsw_only;
    EXPECT_NE(train_key("nmsw", {nmsw_only}), train_key("nmsw", {})) << nmsw_only;
  }
  for (const char* local_only : {"training.local_patches=2", "training.local.epochs=3"}) {
    EXPECT_NE(train_key("local", {local_only}), train_key("local", {})) << local_only;
    EXPECT_EQ(train_key("nmsw", {local_only}), train_key("nmsw", {})) << local_only;
  }
  for (const char* neither :
       {"evaluation.nsd_tolerance=3", "dataset_settings.word.nsd_tolerance_mm=4"}) {
    EXPECT_EQ(train_key("local", {neither}), train_key("local", {})) << neither;
    EXPECT_EQ(train_key("nmsw", {neither}), train_key("nmsw", {})) << neither;
  }
  for (const char* both :
       {"training.learning_rate=0.1", "data.phantom.seed=9",
        "dataset_settings.word.patch_xyz=[64, 64, 64]",
        "dataset_settings.word.preprocessing.window=[0, 100]", "seeds=[7]",
        "training.augmentation=none", "training.augmentation_translation_scale=0.5",
        "training.precision=bf16"}) {
    EXPECT_NE(train_key("local", {both}), train_key("local", {})) << both;
    EXPECT_NE(train_key("nmsw", {both}), train_key("nmsw", {})) << both;
  }
}

TEST(Plan, KeepsKeysForATranslationThatNothingUses) {
  EXPECT_EQ(keys_of(plan_of(table_experiment(), {"training.augmentation=none"})),
            keys_of(plan_of(table_experiment(), {"training.augmentation=none",
                                                 "training.augmentation_translation_scale=0.5"})));
}

TEST(Plan, EvaluatesAgainWhenTheTrainingBelowChanges) {
  const auto evaluation = [](const std::vector<std::string>& overrides) {
    return tasks_of(plan_of(table_experiment(), overrides), "evaluate").at(0).key;
  };
  EXPECT_NE(evaluation({"training.epochs=2"}), evaluation({}));
}

TEST(Plan, GivesEachTaskAllThatItsExecutorNeeds) {
  const Plan plan =
      plan_of(table_experiment("networks: {unet: {channels: [8, 16], strides: [2, 1]}}\n"
                               "training: {epochs: 4, nmsw: {epochs: 6}}\n"
                               "profile: {repeats: 2}\n"));
  const auto train = tasks_of(plan, "train", "nmsw").at(0);
  const auto spec = read_config<TrainSpec>(ConfigNode::parse(train.config_json, train.key));
  EXPECT_EQ(spec.scheme, TrainingScheme::nmsw);
  EXPECT_EQ(spec.training.epochs, 6);
  EXPECT_EQ(spec.networks.global_backbone, "unet");
  EXPECT_THAT(spec.networks.global_config, HasSubstr("[8,16]"));
  EXPECT_EQ(spec.data.source, DataSource::phantom);
  EXPECT_THAT(spec.data.descriptor.classes, SizeIs(16));
  EXPECT_EQ(spec.data.fit.multiple_xyz, (Int3{1, 1, 1}))
      << "what the global network needs is padded at low resolution";
  const auto evaluate = tasks_of(plan, "evaluate").at(1);
  const auto evaluation =
      read_config<EvaluateSpec>(ConfigNode::parse(evaluate.config_json, evaluate.key));
  EXPECT_THAT(evaluation.k, ElementsAre("5", "30", "full"));
  EXPECT_EQ(evaluate.k, "5,30,full");
  ASSERT_THAT(evaluation.weights, SizeIs(1));
  EXPECT_EQ(evaluation.weights[0].task_key, train.key);
  EXPECT_DOUBLE_EQ(evaluation.evaluation.nsd_tolerance.value(), 2.0);  // WORD's, in mm
  const auto profile = tasks_of(plan, "profile").at(0);
  EXPECT_EQ(read_config<ProfileSpec>(ConfigNode::parse(profile.config_json, profile.key)).repeats,
            2);
}

TEST(Plan, ExpectsThePhantomsTestCases) {
  const Plan plan = plan_of(table_experiment(), {"data.phantom.test_cases=5"});
  EXPECT_EQ(tasks_of(plan, "evaluate").at(0).cases_expected, 5);
}

TEST(Plan, ChargesTheSlidingWindowWhatTable2Says) {
  const Plan plan = plan_of(table_experiment("profile: {volume: [480, 480, 480], classes: 20}\n"));
  const auto profiles = tasks_of(plan, "profile");
  ASSERT_THAT(profiles, SizeIs(2));
  EXPECT_NEAR(profiles[0].macs_paper / 1e12, 63.2, 0.05);
}

TEST(Plan, LeavesCudaProfilesOutWhereThereIsNoDevice) {
  const std::string text = table_experiment("profile: {devices: [cpu, cuda]}\n");
  EXPECT_THAT(tasks_of(plan_of(text), "profile"), SizeIs(2));
  EXPECT_THAT(plan_of(text).notes, SizeIs(1));
  PlanOptions with_gpu;
  with_gpu.has_cuda = true;
  EXPECT_THAT(tasks_of(make_plan(parse_experiment(text, "f"), with_gpu), "profile"), SizeIs(4));
}

TEST(Plan, SelectsTasksWithWhatTheyNeed) {
  const Plan plan = plan_of(table_experiment());
  EXPECT_THAT(selected_keys(plan, {{"dataset", "word"}, {"method", "nmsw"}}), SizeIs(2));
  EXPECT_THAT(selected_keys(plan, {}), SizeIs(12));
  EXPECT_THROW(selected_keys(plan, {{"dataset", "hippocampus"}}), ConfigError);
}

TEST(Plan, WritesTheJsonKeysOfTheInterface) {
  const Plan plan = plan_of(table_experiment());
  TaskStates states;
  states[plan.tasks.front().key].state = "done";
  const auto json =
      nlohmann::json::parse(format_plan(plan, keys_of(plan), states, PlanFormat::json));
  ASSERT_THAT(json["tasks"], SizeIs(12));
  for (const char* key :
       {"key", "kind", "state", "experiment", "dataset", "backbone", "method", "k", "seed",
        "depends_on", "macs_paper", "predicted_s", "predicted_peak_bytes"}) {
    EXPECT_TRUE(json["tasks"][1].contains(key)) << key;
  }
  EXPECT_EQ(json["tasks"][0]["state"], "done");
  EXPECT_EQ(json["tasks"][1]["state"], "pending");
  EXPECT_GT(json["tasks"][1]["predicted_s"], 0);
}

TEST(Plan, WritesOneCsvLineATask) {
  const Plan plan = plan_of(table_experiment());
  const std::string csv = format_plan(plan, keys_of(plan), {}, PlanFormat::csv);
  EXPECT_EQ(std::count(csv.begin(), csv.end(), '\n'), 13);
}

TEST(Plan, CropsToTheAuthorsFixedExtentUnderTheirPreset) {
  const Plan plan = plan_of(table_experiment("preset: authors\n"));
  const auto& task = plan.tasks.front();
  const auto spec = read_config<TrainSpec>(ConfigNode::parse(task.config_json, task.key));
  EXPECT_EQ(spec.data.fit.fixed_xyz.value(), (Int3{480, 480, 288}));
  EXPECT_DOUBLE_EQ(spec.data.descriptor.preprocessing.pad_value, -0.1);
}

TEST(Plan, HasATrainingAndAnEvaluationOfEveryFold) {
  const std::string text =
      "experiment: cv\ndatasets: word\nbackbones: unet\nmethods: sliding_window\n"
      "data: {source: phantom, phantom: {train_cases: 6, validation_cases: 1}}\n";
  const Plan whole = plan_of(text), folded = plan_of(text + "folds: [0, 1, 2]\nfold_count: 3\n");
  ASSERT_EQ(tasks_of(folded, "train").size(), 3U);
  std::vector<int64_t> cases, folds;
  for (const results::TaskRecord& task : tasks_of(folded, "evaluate")) {
    cases.push_back(task.cases_expected);
    folds.push_back(task.fold);
  }
  EXPECT_THAT(folds, ::testing::ElementsAre(0, 1, 2));
  const Plan asked = plan_of(text + "folds: 0\nbackbone_training: {unet: {keep_weights: best}}\n");
  EXPECT_THAT(tasks_of(asked, "train")[0].config_json,
              ::testing::HasSubstr("\"keep_weights\":\"last\""))
      << "the best ones would be chosen by the scored cases";
  EXPECT_THAT(cases, ::testing::ElementsAre(3, 2, 2)) << "7 cases that train or validate";
  EXPECT_EQ(tasks_of(whole, "train")[0].fold, results::kNoFold);
  const std::vector<std::string> plain = keys_of(whole);
  for (const std::string& key : keys_of(folded))
    EXPECT_EQ(std::count(plain.begin(), plain.end(), key), 0);
}

}  // namespace
}  // namespace nmsw::runners
