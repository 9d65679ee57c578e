#include "runners/planning/cells/networks.h"

#include "nmsw/base/atomic_file.h"
#include "nmsw/base/digest.h"
#include "runners/planning/plan/plan_format.h"
#include "runners/planning/tasks/identity.h"
#include "runners/planning/tasks/task_specs.h"
#include "tests/runners/planning/experiment_text.h"
#include "tests/support/temporary_folder.h"

namespace nmsw::runners {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::SizeIs;
using ::testing::StartsWith;

std::string experiment_with(const std::string& backbones) {
  return "experiment: networks\ndatasets: [word]\nmethods: [sliding_window, {nmsw: {k: 5}}]\n"
         "data: {source: phantom}\nbackbones: " +
         backbones + "\n";
}

TEST(Networks, PlanEveryBackboneOfThePaper) {
  const Plan plan = plan_of(experiment_with("[unet, mednext, swin_unetr]"));
  EXPECT_THAT(tasks_of(plan, "train", "local"), SizeIs(3));
  EXPECT_THAT(tasks_of(plan, "evaluate"), SizeIs(6));
}

TEST(Networks, RefuseTheSwinAsGlobalNetworkWhereItIsWritten) {
  EXPECT_THAT(
      fault_of(experiment_with("[swin_unetr]") + "global_network: swin_unetr\n"),
      AllOf(StartsWith("file.yaml:6:"), HasSubstr("'swin_unetr' can be a local network only"),
            HasSubstr(
                "choose one of: unet, mednext, nnunet, nnunet_resenc, segformer3d, umamba_bot")));
  EXPECT_EQ(fault_of(experiment_with("[swin_unetr]") + "global_network: mednext\n"), "no fault");
}

TEST(Networks, TrainWithTheirOwnSettingsAndTheSharedGlobalNetwork) {
  const Plan plan = plan_of(experiment_with("[unet, mednext]") +
                            "training: {learning_rate: 1.0e-3, initialise_nmsw_from: trained}\n"
                            "backbone_training: {mednext: {learning_rate: 5.0e-3}}\n");
  const auto rates = [&](const char* scheme) {
    std::vector<double> found;
    for (const results::TaskRecord& task : tasks_of(plan, "train", scheme)) {
      found.push_back(read_config<TrainSpec>(ConfigNode::parse(task.config_json, task.key))
                          .training.learning_rate);
    }
    return found;
  };
  EXPECT_EQ(rates("local"), (std::vector<double>{1e-3, 5e-3}));
  EXPECT_EQ(rates("nmsw"), (std::vector<double>{1e-3, 5e-3}));
  EXPECT_EQ(rates("global"), (std::vector<double>{1e-3}));
  EXPECT_THAT(fault_of(experiment_with("[unet]") + "backbone_training: {unnet: {epochs: 2}}\n"),
              AllOf(StartsWith("file.yaml:6:"), HasSubstr("backbone 'unnet' is not known")));
}

TEST(Networks, NameTheLineOfListsThatDoNotFitEachOther) {
  EXPECT_THAT(fault_of(experiment_with("[unet]") + "networks:\n  mednext: {blocks: [1, 1, 1]}\n"),
              "no fault")
      << "it is not used";
  EXPECT_THAT(
      fault_of(experiment_with("[mednext]") + "networks:\n  mednext: {blocks: [1, 1, 1]}\n"),
      AllOf(StartsWith("file.yaml:7:"), HasSubstr("9 expansions and 3 blocks")));
  EXPECT_THAT(fault_of(experiment_with("[{swin_unetr: {feature_size: 16}}]")),
              AllOf(StartsWith("file.yaml:5:"), HasSubstr("16 channels"), HasSubstr("3 heads")));
}

TEST(Networks, RefuseAPatchThatIsNotTheOnlyOneANetworkTakes) {
  EXPECT_EQ(fault_of(experiment_with("[unetr_pp, segformer3d, umamba_bot]")), "no fault");
  EXPECT_THAT(fault_of(experiment_with("[{unetr_pp: {size_xyz: [128, 128, 96]}}]")),
              AllOf(HasSubstr("128x128x128 voxels does not fit unetr_pp"),
                    HasSubstr("networks.unetr_pp.size_xyz")));
  EXPECT_THAT(fault_of(experiment_with("[unet]") + "global_network: unetr_pp\n"),
              HasSubstr("can be a local network only"));
  EXPECT_EQ(fault_of(experiment_with("[unet]") + "global_network: segformer3d\n"), "no fault");
}

/// What passes for a TorchScript archive without LibTorch.
std::string archive(const std::string& content) { return "PK\3\4net/constants.pkl" + content; }

class ScriptNetwork : public ::testing::Test {
 protected:
  void write(const std::string& name, const std::string& bytes) {
    write_text_atomically(folder_ / name, bytes);
  }
  std::string experiment(const std::string& name) const {
    return experiment_with("[{torchscript: {file: '" + (folder_ / name).string() +
                           "', size_multiple: 16}}]");
  }
  testing::TemporaryFolder folder_;
};

TEST_F(ScriptNetwork, IsPlannedWithItsContentsAndWithoutInventedCosts) {
  write("net.pt", archive("a"));
  const Plan plan = plan_of(experiment("net.pt"));
  const auto train = tasks_of(plan, "train", "local").at(0);
  const auto spec = read_config<TrainSpec>(ConfigNode::parse(train.config_json, train.key));
  EXPECT_THAT(spec.networks.backbone_config, HasSubstr(sha256_hex(archive("a"))));
  std::vector<std::string> keys;
  for (const auto& task : plan.tasks) keys.push_back(task.key);
  const auto json = nlohmann::json::parse(format_plan(plan, keys, {}, PlanFormat::json));
  for (const auto& task : json.at("tasks")) {
    for (const char* unknown : {"macs_paper", "predicted_s", "predicted_peak_bytes"}) {
      EXPECT_TRUE(task[unknown].is_null()) << unknown;
    }
  }
  const std::string table = format_plan(plan, keys, {}, PlanFormat::table);
  EXPECT_THAT(table, HasSubstr("unknown"));
  EXPECT_THAT(table, HasSubstr("4 of the tasks have a network without a closed form"));
  EXPECT_THAT(format_plan(plan, keys, {}, PlanFormat::csv), ::testing::Not(HasSubstr("nan")));
}

TEST_F(ScriptNetwork, CountsByItsContentsAndNotByItsPlace) {
  write("net.pt", archive("a"));
  write("copy.pt", archive("a"));
  const std::vector<std::string> keys = keys_of(plan_of(experiment("net.pt")));
  EXPECT_EQ(keys_of(plan_of(experiment("copy.pt"))), keys);
  write("net.pt", archive("b"));
  EXPECT_NE(keys_of(plan_of(experiment("net.pt"))), keys);
}

TEST_F(ScriptNetwork, NamesTheLineOfAFileThatCannotBeOne) {
  EXPECT_THAT(fault_of(experiment("net.pt")),
              AllOf(StartsWith("file.yaml:5:"), HasSubstr("is not there")));
  write("net.pt", "weights");
  EXPECT_THAT(fault_of(experiment("net.pt")), HasSubstr("is no TorchScript file"));
  write("net.pt", archive("a"));
  EXPECT_THAT(
      fault_of(experiment("net.pt") + "dataset_settings: {word: {patch_xyz: [32, 32, 24]}}\n"),
      HasSubstr("needs a multiple of 16"));
  EXPECT_THAT(fault_of(experiment("net.pt") + "global_network: {torchscript: {file: '" +
                       (folder_ / "net.pt").string() + "'}}\n"),
              HasSubstr("can be a local network only"));
}

}  // namespace
}  // namespace nmsw::runners
