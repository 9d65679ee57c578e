#include "nmsw/backbones/torchscript.h"

#include <gtest/gtest.h>

#include "nmsw/base/atomic_file.h"
#include "nmsw/base/digest.h"
#include "nmsw/training/tensor_file.h"
#include "tests/runners/built_program.h"
#include "tests/support/build_paths.h"
#include "tests/support/expect_error.h"
#include "tests/support/script_file.h"
#include "tests/support/temporary_folder.h"

namespace nmsw {
namespace {

using testing::expect_error;

class TorchScript : public ::testing::Test {
 protected:
  TorchScriptConfig config() {
    TorchScriptConfig config;
    config.file = folder_ / "net.pt";
    return config;
  }
  testing::TemporaryFolder folder_;
};

TEST_F(TorchScript, ComputesWhatTheScriptSays) {
  const auto script = testing::save_conv_script(folder_ / "net.pt", 3);
  TorchScriptBackbone network(config(), 1, 3);
  const Tensor image = torch::randn({2, 1, 5, 6, 7});
  const Tensor expected = torch::conv3d(image, script.weight, script.bias, 1, 1);
  EXPECT_TRUE(torch::allclose(network.forward(image).logits, expected, 1e-5, 1e-5));
}

TEST_F(TorchScript, TurnsTheAxesForAScriptThatExpectsThemAsFilesHaveThem) {
  const auto script = testing::save_conv_script(folder_ / "net.pt", 3);
  TorchScriptConfig turned = config();
  turned.axes = ScriptAxes::xyz;
  TorchScriptBackbone network(turned, 1, 3);
  const Tensor image = torch::randn({1, 1, 5, 6, 7});
  // The same as turning the kernel.
  const Tensor expected =
      torch::conv3d(image, script.weight.permute({0, 1, 4, 3, 2}), script.bias, 1, 1);
  EXPECT_TRUE(torch::allclose(network.forward(image).logits, expected, 1e-5, 1e-5));
}

TEST_F(TorchScript, KeepsOrTrainsTheWeightsOfTheFile) {
  testing::save_conv_script(folder_ / "net.pt", 3);
  TorchScriptBackbone kept(config(), 1, 3);
  EXPECT_FALSE(kept.forward(torch::randn({1, 1, 4, 4, 4})).logits.requires_grad());
  TorchScriptConfig further = config();
  further.weights = ScriptWeights::train;
  TorchScriptBackbone trained(further, 1, 3);
  const Tensor image = torch::ones({1, 1, 1, 1, 1});
  trained.forward(image).logits.sum().backward();
  // One voxel meets the kernel's centre alone.
  const Tensor gradient = trained.named_parameters()["weight"].grad();
  EXPECT_EQ(gradient.sum().item<double>(), 3);
  EXPECT_EQ(gradient[0][0][1][1][1].item<double>(), 1);
  {
    const torch::NoGradGuard no_grad;
    trained.named_parameters()["bias"].add_(1);
  }
  EXPECT_TRUE(
      torch::allclose(trained.forward(image).logits, kept.forward(image).logits + 1, 1e-5, 1e-5))
      << "the script computes with the module's parameters";
}

TEST_F(TorchScript, RefusesAFileThatIsAbsentOrOfAnotherKindBeforeItIsLoaded) {
  const auto build = [this] { TorchScriptBackbone(config(), 1, 3); };
  expect_error<ConfigError>([] { TorchScriptBackbone({}, 1, 3); }, {"'file' is missing"});
  expect_error<ConfigError>(build, {"net.pt", "is not there"});
  write_text_atomically(folder_ / "net.pt", "weights");
  expect_error<ConfigError>(build, {"net.pt", "is no TorchScript file", "torch.jit.save"});
  save_tensor_file(folder_ / "net.pt", {{}, {{"weight", torch::zeros({2})}}});
  expect_error<ConfigError>(build, {"net.pt", "is no TorchScript file"});
}

TEST_F(TorchScript, RefusesOtherContentsThanPlanned) {
  testing::save_conv_script(folder_ / "net.pt", 3);
  TorchScriptConfig planned = config();
  planned.sha256 = sha256_file(planned.file);
  EXPECT_NO_THROW(TorchScriptBackbone(planned, 1, 3));
  testing::save_conv_script(folder_ / "net.pt", 4);
  expect_error<ConfigError>([&] { TorchScriptBackbone(planned, 1, 3); },
                            {"net.pt", "other contents", planned.sha256});
}

TEST_F(TorchScript, NamesADamagedArchive) {
  testing::save_conv_script(folder_ / "net.pt", 3);
  const std::string whole = read_file(folder_ / "net.pt");
  write_text_atomically(folder_ / "net.pt", whole.substr(0, whole.size() - 100));
  expect_error<DataError>([this] { TorchScriptBackbone(config(), 1, 3); },
                          {"net.pt", "torch.jit.save"});
}

TEST_F(TorchScript, RefusesAnythingButLogitsOfTheClassesOnTheImagesGrid) {
  testing::save_conv_script(folder_ / "net.pt", 5);
  TorchScriptBackbone other_classes(config(), 1, 3);
  const Tensor image = torch::zeros({1, 1, 4, 4, 4});
  expect_error<DataError>([&] { other_classes.forward(image); },
                          {"net.pt", "1x5x4x4x4", "3 classes", "1x3x4x4x4"});
  torch::jit::Module pair("Pair");
  pair.define("def forward(self, x):\n    return x, x\n");
  pair.save(folder_ / "net.pt");
  TorchScriptBackbone two_outputs(config(), 1, 1);
  expect_error<DataError>([&] { two_outputs.forward(image); }, {"net.pt", "Tuple"});
  torch::jit::Module failing("Failing");
  failing.define("def forward(self, x):\n    return torch.cat([x, torch.zeros([1])])\n");
  failing.save(folder_ / "net.pt");
  TorchScriptBackbone fails(config(), 1, 1);
  expect_error<DataError>([&] { fails.forward(image); }, {"net.pt", "fails", "1x1x4x4x4"});
}

TEST_F(TorchScript, RunsFromAFileToScoresAndToALabelMap) {
  const auto run = [this](const std::string& words) {
    return runners::run_program_in(folder_.path(), words);
  };
  const auto expect_success = [&](const std::string& words) {
    const runners::Outcome outcome = run(words);
    EXPECT_EQ(outcome.code, 0) << words << '\n' << outcome.err;
  };
  testing::save_conv_script(folder_ / "net.pt", 17);  // WORD's classes
  const std::string smoke = (testing::source_folder() / "experiments" / "smoke.yaml").string();
  const std::string experiment =
      "run '" + smoke +
      "' --quiet --threads 1 --db r.sqlite --set profile.classes=17 --set "
      "'backbones=[{torchscript: {file: net.pt, size_multiple: 2}}]'";
  expect_success(experiment);

  write_text_atomically(folder_ / "model.yaml",
                        "{scheme: local, dataset: word, patch_xyz: [24, 24, 24], backbone: "
                        "{torchscript: {file: net.pt, size_multiple: 2}}}");
  expect_success("import --from net.pt --config model.yaml --out model.pt");
  expect_success("phantom --layout word --out data --cases 2 --extent 48,48,48");
  expect_success(
      "predict --checkpoint model.pt --method sliding_window --output labels.nii.gz --input "
      "\"$(find data -path '*images*' -name '*.nii.gz' | head -n 1)\"");
  EXPECT_TRUE(std::filesystem::exists(folder_ / "labels.nii.gz"));

  testing::save_conv_script(folder_ / "net.pt", 5);
  const runners::Outcome failed = run(experiment);
  EXPECT_EQ(failed.code, 4);
  EXPECT_NE(failed.err.find("17 classes"), std::string::npos) << failed.err;
}

}  // namespace
}  // namespace nmsw
