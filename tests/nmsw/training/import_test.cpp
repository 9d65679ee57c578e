#include <gtest/gtest.h>
#include <torch/csrc/jit/serialization/pickle.h>

#include "nmsw/backbones/unet.h"
#include "nmsw/backbones/unetr_pp.h"
#include "nmsw/base/atomic_file.h"
#include "nmsw/training/tensor_file.h"
#include "tests/runners/built_program.h"

namespace nmsw {
namespace {

/// Writes a state dict as torch.save does, kernels in the reference's order of axes (x, y, z).
void save_as_reference(const std::filesystem::path& file,
                       const std::map<std::string, Tensor>& weights) {
  c10::impl::GenericDict dict(c10::StringType::get(), c10::TensorType::get());
  for (const auto& [name, value] : weights) {
    dict.insert(name, value.dim() == 5 ? value.permute({0, 1, 4, 3, 2}).contiguous() : value);
  }
  const std::vector<char> bytes = torch::jit::pickle_save(dict);
  write_text_atomically(file, std::string(bytes.begin(), bytes.end()));
}

/// A reference network reads a volume as x,y,z, ours as z,y,x: to give the same of a scan every
/// kernel must be turned, and nothing else.
TEST(Import, TurnsTheReferencesKernelsIntoOurOrderOfAxes) {
  const testing::TemporaryFolder folder;
  torch::manual_seed(1);
  const UNet ours(UNetConfig{{4, 8, 8}, {2, 2, 1}}, 1, 17);
  const std::map<std::string, Tensor> expected = module_tensors(ours);
  save_as_reference(folder / "reference.pt", expected);
  write_text_atomically(folder / "model.yaml",
                        "scheme: local\ndataset: word\npatch_xyz: [24, 24, 24]\n"
                        "backbone: {unet: {channels: [4, 8, 8], strides: [2, 2, 1]}}\n");
  const runners::Outcome outcome = runners::run_program_in(
      folder.path(), "import --from reference.pt --config model.yaml --out model.pt");
  ASSERT_EQ(outcome.code, 0) << outcome.err;
  const std::map<std::string, Tensor> imported = load_tensor_file(folder / "model.pt").tensors;
  ASSERT_EQ(imported.size(), expected.size());
  int64_t asymmetric = 0;
  for (const auto& [name, value] : expected) {
    EXPECT_TRUE(torch::equal(imported.at(name), value)) << name;
    if (value.dim() == 5) asymmetric += !torch::equal(value, value.permute({0, 1, 4, 3, 2}));
  }
  EXPECT_GT(asymmetric, 10) << "else the test would say nothing";
}

/// UNETR++ reads volumes as z,y,x in its reference too, and its tokens lie in that order.
TEST(Import, LeavesKernelsThatAreInOurOrderOfAxesAsTheyAre) {
  const testing::TemporaryFolder folder;
  UnetrPpConfig config;
  config.feature_size = 4;
  config.depths = {1};
  config.projections = {3};
  config.heads = 2;
  config.size_xyz = {24, 24, 24};
  torch::manual_seed(1);
  const UnetrPp ours(config, 1, 17);
  c10::impl::GenericDict dict(c10::StringType::get(), c10::TensorType::get());
  for (const auto& [name, value] : module_tensors(ours)) dict.insert(name, value);
  const std::vector<char> bytes = torch::jit::pickle_save(dict);
  write_text_atomically(folder / "reference.pt", std::string(bytes.begin(), bytes.end()));
  write_text_atomically(folder / "model.yaml",
                        "scheme: local\ndataset: word\npatch_xyz: [24, 24, 24]\n"
                        "backbone: {unetr_pp: {feature_size: 4, depths: [1], projections: [3], "
                        "heads: 2, size_xyz: [24, 24, 24]}}\n");
  const runners::Outcome outcome = runners::run_program_in(
      folder.path(), "import --from reference.pt --config model.yaml --out model.pt");
  ASSERT_EQ(outcome.code, 0) << outcome.err;
  const std::map<std::string, Tensor> imported = load_tensor_file(folder / "model.pt").tensors;
  for (const auto& [name, value] : module_tensors(ours)) {
    EXPECT_TRUE(torch::equal(imported.at(name), value)) << name;
  }
}

}  // namespace
}  // namespace nmsw
