#include <gtest/gtest.h>

#include "nmsw/backbones/nnunet.h"
#include "nmsw/base/atomic_file.h"
#include "nmsw/training/tensor_file.h"
#include "tests/runners/built_program.h"
#include "tests/support/golden_checks.h"
#include "tests/support/golden_networks.h"
#include "tests/support/saved_archive.h"

namespace nmsw {
namespace {

using nlohmann::json;
using testing::GoldenFile;
using testing::PickleWriter;

std::vector<int64_t> reversed(Int3 xyz) { return {xyz[2], xyz[1], xyz[0]}; }

template <class Triples>
json in_zyx(const Triples& triples) {
  json list = json::array();
  for (const Int3& triple : triples) list.push_back(reversed(triple));
  return list;
}

/// `init_args` for a network of those sizes.
template <class Config>
json start_of(const Config& config, const char* architecture, const char* counted,
              const std::vector<int64_t>& counts) {
  json sizes{{"features_per_stage", config.channels},
             {"strides", in_zyx(config.strides_xyz)},
             {"kernel_sizes", in_zyx(config.kernels_xyz)},
             {counted, counts},
             {"n_conv_per_stage_decoder", config.decoder_convs}};
  json planned{{"spacing", {3.0, 1.5, 1.25}},
               {"patch_size", {32, 16, 32}},
               {"normalization_schemes", {"ZScoreNormalization"}},
               {"architecture", {{"network_class_name", architecture}, {"arch_kwargs", sizes}}}};
  return {{"configuration", "3d_fullres"},
          {"plans", {{"dataset_name", "Dataset7"}, {"configurations", {{"3d_fullres", planned}}}}},
          {"dataset_json",
           {{"channel_names", {{"0", "MRI"}}},
            {"labels", {{"background", 0}, {"a", 1}, {"b", 2}, {"c", 3}}}}}};
}

/// A file as nnU-Net saves it: the weights of a golden file under all of their names, in front of
/// which `prefix` stands, and beside them objects of classes.
void save_checkpoint(const std::filesystem::path& file, const GoldenFile& golden, const json& start,
                     const std::string& prefix, const std::string& damaged = "") {
  std::vector<std::string> storages;
  std::map<std::string, size_t> storage_of;
  PickleWriter pickle;
  pickle.raw("}(").text("network_weights").global("collections", "OrderedDict").raw(")R(");
  const auto write = [&](const std::string& name, const std::string& key) {
    const Tensor value = golden.tensor("sd." + key).to(torch::kFloat).contiguous();
    auto place = storage_of.find(key);
    if (place == storage_of.end() || name == damaged) {
      std::string bytes(static_cast<const char*>(value.data_ptr()), value.nbytes());
      if (name == damaged) bytes[0] = static_cast<char>(bytes[0] ^ 1);
      place = storage_of.insert_or_assign(key, storages.size()).first;
      storages.push_back(bytes);
    }
    pickle.text(prefix + name)
        .tensor("FloatStorage", std::to_string(place->second), value.sizes().vec(),
                value.strides().vec());
  };
  for (const std::string& key : golden.below("sd.")) write(key, key);
  for (const std::string& name : golden.below("alias.")) {
    const Tensor text = golden.tensor("alias." + name);
    write(name, std::string(reinterpret_cast<const char*>(text.data_ptr<uint8_t>()),
                            static_cast<size_t>(text.numel())));
  }
  pickle.raw("u}b").text("init_args").json(start).text("trainer_name").text("nnUNetTrainer");
  pickle.text("_best_ema").global("numpy.core.multiarray", "scalar").raw("(").real(0.5).raw("tR");
  pickle.text("inference_allowed_mirroring_axes").raw("(").integer(0).integer(1).raw("tu");
  write_text_atomically(file, testing::saved_archive(pickle.done(), storages));
}

/// Imports, and gives the network with the weights of what was written.
std::shared_ptr<NnUnet> imported(const std::filesystem::path& folder,
                                 std::shared_ptr<NnUnet> into) {
  const runners::Outcome outcome = runners::run_program_in(
      folder, "import --from checkpoint_final.pth --voxel-order RAS --out net.safetensors");
  EXPECT_EQ(outcome.code, 0) << outcome.err;
  assign_tensors(*into, load_tensor_file(folder / "net.safetensors").tensors, "net.safetensors");
  into->eval();
  return into;
}

void expect_references_logits(const GoldenFile& golden, NnUnet& network) {
  const torch::NoGradGuard no_grad;
  testing::GoldenChecks checks(golden);
  for (const std::string& name : golden.cases_with("input")) {
    checks.close(name + ".logits", network.forward(golden.real(name + ".input")).logits, 0, 2e-5);
  }
  EXPECT_GT(checks.compared(), 0U);
}

TEST(ImportNnUnet, GivesTheReferencesLogits) {
  NMSW_GOLDEN_OR_SKIP(golden, "systems/nnunet_small.pt");
  const auto [config, ends] = testing::nnunet_sizes(golden, "sd.");
  const testing::TemporaryFolder folder;
  save_checkpoint(
      folder / "checkpoint_final.pth", golden,
      start_of(config, "a.unet.PlainConvUNet", "n_conv_per_stage", config.encoder_convs), "");
  const auto network =
      imported(folder.path(), std::make_shared<NnUnet>(config, ends.in_channels, ends.num_classes));
  expect_references_logits(golden, *network);
}

TEST(ImportNnUnet, GivesTheReferencesLogitsOfTheResidualEncoder) {
  NMSW_GOLDEN_OR_SKIP(golden, "systems/resenc_small.pt");
  const auto [config, ends] = testing::resenc_sizes(golden, "sd.");
  const testing::TemporaryFolder folder;
  save_checkpoint(
      folder / "checkpoint_final.pth", golden,
      start_of(config, "a.unet.ResidualEncoderUNet", "n_blocks_per_stage", config.blocks),
      "_orig_mod.module.");
  const auto network =
      imported(folder.path(), std::make_shared<NnUnet>(config, ends.in_channels, ends.num_classes));
  expect_references_logits(golden, *network);
}

TEST(ImportNnUnet, RefusesNamesOfOneTensorThatDiffer) {
  NMSW_GOLDEN_OR_SKIP(golden, "systems/nnunet_small.pt");
  const auto [config, ends] = testing::nnunet_sizes(golden, "sd.");
  const testing::TemporaryFolder folder;
  const std::string other = "decoder.encoder.stages.1.0.convs.0.all_modules.0.weight";
  ASSERT_TRUE(golden.has("alias." + other));
  const json start = start_of(config, "a.PlainConvUNet", "n_conv_per_stage", config.encoder_convs);
  save_checkpoint(folder / "net.pth", golden, start, "", other);
  runners::expect_message(
      runners::run_program_in(folder.path(), "import --from net.pth --voxel-order RAS --out n.pt"),
      3, "net.pth", {"encoder.stages.1.0.convs.0", "other numbers"});
  EXPECT_FALSE(std::filesystem::exists(folder / "n.pt"));
}

TEST(ImportNnUnet, AsksForWhatNoCheckpointSays) {
  NMSW_GOLDEN_OR_SKIP(golden, "systems/nnunet_small.pt");
  const auto [config, ends] = testing::nnunet_sizes(golden, "sd.");
  const testing::TemporaryFolder folder;
  save_checkpoint(folder / "net.pth", golden,
                  start_of(config, "a.PlainConvUNet", "n_conv_per_stage", config.encoder_convs),
                  "");
  const auto refused = [&](const std::string& words, const std::vector<std::string>& parts) {
    runners::expect_message(
        runners::run_program_in(folder.path(), "import --from net.pth --out n.pt " + words), 2, "",
        parts);
  };
  refused("", {"--voxel-order is missing", "net.pth"});
  refused("--voxel-order XYZ", {"XYZ", "three letters"});
  refused("--voxel-order RAS --config model.yaml", {"--config", "leave it out"});
}

/// Weights that were trained on images of another order give their logits of the image as it lies.
TEST(ImportNnUnet, TurnsImagesToTheOrderOfTheTraining) {
  NMSW_GOLDEN_OR_SKIP(golden, "systems/nnunet_small.pt");
  auto [config, ends] = testing::nnunet_sizes(golden, "sd.");
  config.voxel_order = VoxelOrder::LPS;
  NnUnet network(config, ends.in_channels, ends.num_classes);
  testing::load_parameters(network, golden, "sd.");
  const torch::NoGradGuard no_grad;
  testing::GoldenChecks checks(golden);
  for (const std::string& name : golden.cases_with("input")) {
    const Tensor image = golden.real(name + ".input").flip({3, 4});
    checks.close(name + ".logits", network.forward(image).logits.flip({3, 4}), 0, 2e-5);
    checks.close(name + ".logits", network.lazy_logits(image).whole().flip({3, 4}), 0, 2e-5);
  }
  EXPECT_GT(checks.compared(), 0U);
}

}  // namespace
}  // namespace nmsw
