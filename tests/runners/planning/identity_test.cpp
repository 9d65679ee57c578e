#include "runners/planning/tasks/identity.h"

#include <algorithm>
#include <map>

#include "nmsw/cost/catalog.h"
#include "runners/planning/tasks/result_versions.h"
#include "tests/runners/planning/experiment_text.h"

namespace nmsw::runners {
namespace {

/// Every method on phantoms, with the profiles.
std::string all_kinds() {
  return "experiment: x\ndatasets: word\nbackbones: unet\ndata: {source: phantom}\n"
         "methods: [sliding_window, zoom_out, {random_foreground: {k: [5]}}, {nmsw: {k: [5]}}]\n"
         "training: {initialise_nmsw_from: trained}\nprofile: {repeats: 0}\n";
}

/// Key of each task by "kind scheme-or-method".
std::map<std::string, std::string> keys(const std::vector<std::string>& overrides = {}) {
  std::map<std::string, std::string> found;
  for (const results::TaskRecord& task : plan_of(all_kinds(), overrides).tasks)
    found[task.kind + " " + (task.kind == "train" ? task.scheme : task.method)] = task.key;
  return found;
}

/// The tasks whose keys a change moves.
std::vector<std::string> moved(const std::vector<std::string>& overrides) {
  const auto before = keys(), after = keys(overrides);
  std::vector<std::string> names;
  for (const auto& [name, key] : after) {
    if (before.at(name) != key) names.push_back(name);
  }
  return names;
}

using ::testing::ElementsAre;
using ::testing::IsEmpty;

TEST(Identity, OfEveryKindHasWhatInfluencesItAlone) {
  EXPECT_THAT(keys(), ::testing::SizeIs(11));
  // A training's key is part of the evaluations of its weights.
  const auto of_nmsw = ElementsAre("evaluate nmsw", "train nmsw");
  for (const char* change :
       {"model.tau_start=1.5", "model.sampler=with_replacement", "model.estimator=authors",
        "model.entropy_multiplier=0.1", "model.class_weight_start=1", "model.score_limit=60",
        "training.top_k_patches=2", "training.random_patches=2", "training.validation_k=3",
        "training.random_positive_share=0.1", "training.patch_loss=mean_over_k",
        "training.nmsw.epochs=7"}) {
    EXPECT_THAT(moved({change}), of_nmsw) << change;
  }
  const auto of_local =
      ElementsAre("evaluate nmsw", "evaluate random_foreground", "evaluate sliding_window",
                  "evaluate zoom_out", "train local", "train nmsw");
  for (const char* change :
       {"training.local_patches=2", "training.positive_share=0.5", "training.local.epochs=7"}) {
    EXPECT_THAT(moved({change}), of_local) << change;
  }
  const auto of_global = ElementsAre("evaluate nmsw", "evaluate random_foreground",
                                     "evaluate zoom_out", "train global", "train nmsw");
  for (const char* change : {"training.global.epochs=7", "model.label_alignment=nearest",
                             "dataset_settings.word.downsize_rate_xyz=[2, 2, 2]"}) {
    EXPECT_THAT(moved({change}), of_global) << change;
  }
  EXPECT_THAT(moved({"model.mask=nearest"}),
              ElementsAre("evaluate nmsw", "evaluate random_foreground", "train nmsw"));
}

TEST(Identity, OfAProfileHasNothingOfTrainingAndModel) {
  EXPECT_THAT(moved({"profile.overlap=0.25"}),
              ElementsAre("profile nmsw", "profile random_foreground", "profile sliding_window",
                          "profile zoom_out"));
  EXPECT_THAT(moved({"profile.downsize_rate=[2, 2, 2]"}),
              ElementsAre("profile nmsw", "profile random_foreground", "profile zoom_out"));
  EXPECT_THAT(moved({"model.aggregation=paste"}),
              ElementsAre("evaluate nmsw", "profile nmsw", "train nmsw"));
}

TEST(Identity, LeavesOutWhatHasNoEffectUnderTheOtherSettings) {
  EXPECT_THAT(moved({"model.perturbation_sigma=2"}), IsEmpty());
  EXPECT_THAT(moved({"model.perturbation_samples=2"}), IsEmpty());
  EXPECT_THAT(moved({"data.cache_bytes=1"}), IsEmpty());
  EXPECT_THAT(moved({"training.checkpoint_every_s=1"}), IsEmpty());
  for (const std::string& name : moved({"data.phantom.test_cases=9"}))
    EXPECT_EQ(name.find("evaluate"), 0U) << name;
  const auto perturbed = keys({"model.sampler=perturbed_top_k"});
  EXPECT_NE(keys({"model.sampler=perturbed_top_k", "model.perturbation_sigma=2"}), perturbed);
}

TEST(Identity, OfASamplerHasItsOwnFieldsAlone) {
  const auto of_nmsw = ElementsAre("evaluate nmsw", "train nmsw");
  const auto moved_under = [](const std::string& sampler, const std::string& change) {
    const std::string chosen = "model.sampler=" + sampler;
    const auto before = keys({chosen}), after = keys({chosen, change});
    std::vector<std::string> names;
    for (const auto& [name, key] : after) {
      if (before.at(name) != key) names.push_back(name);
    }
    return names;
  };
  struct Field {
    const char* change;
    std::vector<std::string> samplers;
  };
  const std::vector<Field> fields{
      {"model.perturbation_sigma_end=0", {"perturbed_top_k"}},
      {"model.perturbation_normalise=min_max", {"perturbed_top_k"}},
      {"model.perturbation_baseline=leave_one_out", {"perturbed_top_k"}},
      {"model.transport_normalise=max", {"soft_top_k"}},
      {"model.transport_exploration=gumbel", {"soft_top_k"}},
      {"model.transport_epsilon=0.2", {}},
      {"model.draw_with_replacement=true", {"attention", "score_function"}},
      {"model.attention_smoothing=0.1", {"attention"}},
      {"model.score_function_baseline=greedy", {"score_function"}},
      {"model.score_function_weight=2", {"score_function"}},
      {"model.score_function_draws=3", {}},
      {"model.error_map_weight=2", {"error_map"}},
      {"model.entropy_multiplier=0.1",
       {"gumbel_top_k", "perturbed_top_k", "with_replacement", "soft_top_k", "attention",
        "score_function"}},
      {"model.tau_start=1.5",
       {"gumbel_top_k", "perturbed_top_k", "with_replacement", "soft_top_k"}},
      {"model.estimator=authors",
       {"gumbel_top_k", "perturbed_top_k", "with_replacement", "soft_top_k"}},
      {"model.drawn_removal=tiny", {"gumbel_top_k", "perturbed_top_k", "with_replacement"}}};
  for (const Field& field : fields) {
    for (const auto& [sampler, name] : EnumNames<Sampler>::values) {
      SCOPED_TRACE(std::string(name) + " " + field.change);
      const bool counts =
          std::find(field.samplers.begin(), field.samplers.end(), name) != field.samplers.end();
      if (counts) {
        EXPECT_THAT(moved_under(name, field.change), of_nmsw);
      } else {
        EXPECT_THAT(moved_under(name, field.change), IsEmpty());
      }
    }
  }
  const std::vector<std::string> published{"model.sampler=soft_top_k",
                                           "model.transport_normalise=max"};
  EXPECT_NE(keys({published[0], published[1], "model.transport_epsilon=0.2"}), keys(published));
  const std::vector<std::string> several{"model.sampler=score_function",
                                         "model.score_function_baseline=leave_one_out"};
  EXPECT_NE(keys({several[0], several[1], "model.score_function_draws=3"}), keys(several));
}

TEST(Identity, MovesWithTheVersionOfItsResults) {
  EvaluateSpec evaluate;
  evaluate.method = "zoom_out";
  const std::string first = task_key(evaluate);
  evaluate.result_format = 2;
  EXPECT_NE(task_key(evaluate), first);
  EXPECT_EQ(result_version("evaluate", "zoom_out"), 2);
  EXPECT_EQ(result_version("profile", "zoom_out"), 2);
  EXPECT_EQ(result_version("evaluate", "random_foreground"), 2);
  EXPECT_EQ(result_version("evaluate", "nmsw"), 2);
  EXPECT_EQ(result_version("evaluate", "sliding_window"), 1);
  EXPECT_EQ(result_version("train", "nmsw"), 1);
  const Plan plan = plan_of(all_kinds());
  for (const results::TaskRecord& task : plan.tasks) {
    const auto config = nlohmann::json::parse(task.config_json);
    EXPECT_EQ(config.at("result_format"),
              result_version(task.kind, task.kind == "train" ? task.scheme : task.method));
  }
}

TEST(Identity, KnowsANetworkByTheFieldsThatDiffer) {
  const auto identity = [](const std::string& name, const std::string& config) {
    return backbone_cost_entry(name).identity(ConfigNode::parse(config, name)).dump();
  };
  EXPECT_EQ(identity("unet", "{}"), "{}");
  EXPECT_EQ(identity("unet", "{channels: [8, 16], strides: [2, 1]}"),
            R"({"channels":[8,16],"strides":[2,1]})");
  EXPECT_EQ(identity("torchscript", "{file: /gone/net.pt, sha256: abc}"), R"({"sha256":"abc"})");
  EXPECT_EQ(identity("torchscript", "{file: /gone/net.pt}"), R"({"file":"/gone/net.pt"})");
}

}  // namespace
}  // namespace nmsw::runners
