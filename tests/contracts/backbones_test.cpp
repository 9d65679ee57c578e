#include <gtest/gtest.h>

#include <cmath>
#include <map>

#include "nmsw/backbones/catalog.h"
#include "nmsw/backbones/mixed_precision.h"
#include "nmsw/backbones/unet.h"
#include "nmsw/backbones/volume_norm.h"
#include "nmsw/cost/catalog.h"
#include "nmsw/inference/catalog.h"
#include "nmsw/ops/kernel_choice.h"
#include "nmsw/ops/library_norm.h"
#include "nmsw/training/tensor_file.h"
#include "tests/support/mac_counter.h"
#include "tests/support/script_file.h"
#include "tests/support/temporary_folder.h"

// What every backbone of the catalog promises, at a tiny size: its own defaults, or those below.

namespace nmsw {
namespace {

constexpr int64_t kClasses = 3;

const std::map<std::string_view, std::string>& tiny_configs() {
  static const std::map<std::string_view, std::string> configs{
      {"unet", "{channels: [4, 8, 8], strides: [2, 2, 1]}"},
      {"mednext", "{channels: 4, expansions: [2, 3, 2, 3, 2], blocks: [1, 2, 1, 2, 1]}"},
      {"swin_unetr", "{feature_size: 4, depths: [2, 2], heads: [1, 2], window: 3, mlp_ratio: 2}"},
      {"nnunet",
       "{channels: [4, 8, 8], strides_xyz: [[1, 1, 1], [2, 2, 2], [2, 2, 1]], "
       "kernels_xyz: [[3, 3, 3], [3, 3, 3], [3, 3, 1]], encoder_convs: [2, 1, 2], "
       "decoder_convs: [1, 2]}"},
      {"nnunet_resenc",
       "{channels: [4, 8, 8], strides_xyz: [[1, 1, 1], [2, 2, 2], [2, 2, 1]], "
       "kernels_xyz: [[3, 3, 3], [3, 3, 3], [3, 3, 1]], blocks: [1, 2, 2], "
       "decoder_convs: [2, 1]}"},
      {"segformer3d",
       "{channels: [4, 8], depths: [1, 2], heads: [1, 2], reductions: [2, 1], mlp_ratio: 2, "
       "decoder_channels: 8}"},
      {"unetr_pp",
       "{feature_size: 4, depths: [1, 1], projections: [6, 5], decoder_depth: 1, "
       "decoder_projection: 3, heads: 2, size_xyz: [32, 16, 24]}"},
      {"umamba_bot",
       "{channels: [4, 6, 8], strides_xyz: [[1, 1, 1], [2, 2, 2], [2, 2, 1]], "
       "kernels_xyz: [[3, 3, 3], [3, 3, 3], [3, 3, 1]], blocks: [1, 1, 2], "
       "decoder_blocks: [1, 2], states: 3, taps: 3, expansion: 3}"},
      {"torchscript", "{file: FILE, size_multiple: 2, weights: train}"},
  };
  return configs;
}

/// Of the parameters that no output depends on: MedNeXt keeps two tensors that its reference never
/// uses, nnU-Net and U-Mamba a head for each lower level of the decoder.
const std::map<std::string_view, std::string>& unused_parameters() {
  static const std::map<std::string_view, std::string> parts{{"mednext", "dummy_tensor"},
                                                             {"nnunet", "seg_layers.0."},
                                                             {"nnunet_resenc", "seg_layers.0."},
                                                             {"umamba_bot", "seg_layers.0."}};
  return parts;
}

/// Sets the parts for evaluation that are meant to do something else in training.
void stop_what_training_changes(torch::nn::Module& network) {
  for (const auto& module : network.modules()) {
    const bool changes = dynamic_cast<VolumeNormImpl*>(module.get()) != nullptr ||
                         dynamic_cast<torch::nn::DropoutImpl*>(module.get()) != nullptr ||
                         dynamic_cast<torch::nn::Dropout3dImpl*>(module.get()) != nullptr;
    if (changes) module->eval();
  }
}

/// Numbers where a training would leave some.
void change_all_numbers(torch::nn::Module& network) {
  const torch::NoGradGuard no_grad;
  for (Tensor& parameter : network.parameters())
    parameter.add_(0.01 * torch::randn_like(parameter));
  for (Tensor& buffer : network.buffers()) {
    if (buffer.is_floating_point()) buffer.add_(0.01 * torch::rand_like(buffer));
  }
}

class BackboneContract : public ::testing::TestWithParam<std::string_view> {
 protected:
  void SetUp() override {
    const auto tiny = tiny_configs().find(GetParam());
    std::string text = tiny == tiny_configs().end() ? "{}" : tiny->second;
    if (const size_t at = text.find("FILE"); at != std::string::npos) {
      const std::string file = folder_ / "net.pt";
      testing::save_conv_script(file, kClasses);
      text.replace(at, 4, file);
    }
    config_ = ConfigNode::parse(text, "tiny");
    torch::manual_seed(1);
    network_ = make();
    model_ = backbone_cost_entry(GetParam()).parse(*config_);
  }

  /// For evaluation: batch norm and dropout of a training would give other logits each time.
  BackbonePtr make() const {
    const BackbonePtr made = backbone_entry(GetParam()).parse(*config_)(1, kClasses);
    made->eval();
    return made;
  }
  /// A random image whose axes are these multiples of what the network needs, or the only ones that
  /// it takes.
  Tensor image(int64_t batch, Int3 times) const {
    if (model_.only_extent_xyz) {
      const Int3 only = reversed(*model_.only_extent_xyz);
      return torch::randn({batch, 1, only[0], only[1], only[2]});
    }
    const int64_t m = network_->size_multiple();
    return torch::randn({batch, 1, m * times[0], m * times[1], m * times[2]});
  }

  testing::TemporaryFolder folder_;
  std::optional<ConfigNode> config_;
  BackbonePtr network_;
  BackboneCostModel model_;
};

TEST_P(BackboneContract, AgreesWithItsClosedFormsAboutSizes) {
  EXPECT_EQ(network_->size_multiple(), model_.size_multiple);
  EXPECT_EQ(network_->feature_channels(), model_.score_channels);
}

TEST_P(BackboneContract, GivesLogitsOnTheImagesGridAndTheFeatureItAnnounces) {
  const torch::NoGradGuard no_grad;
  for (const auto& [batch, times] :
       std::vector<std::pair<int64_t, Int3>>{{1, {1, 1, 1}}, {2, {2, 1, 3}}, {1, {4, 2, 2}}}) {
    const Tensor x = image(batch, times);
    const BackboneOutput output = network_->forward(x);
    const Int3 extent = extent_dhw(x);
    EXPECT_EQ(output.logits.sizes().vec(),
              (std::vector<int64_t>{batch, kClasses, extent[0], extent[1], extent[2]}));
    if (network_->feature_channels() > 0) {
      EXPECT_EQ(output.features.back().size(1), network_->feature_channels());
    }
    for (const Tensor& feature : output.features) EXPECT_EQ(feature.size(0), batch);
  }
}

TEST_P(BackboneContract, RefusesAnExtentThatIsNoMultiple) {
  if (network_->size_multiple() == 1) GTEST_SKIP() << "every extent is a multiple of 1";
  const Int3 extent = extent_dhw(image(1, {2, 2, 2}));
  for (int64_t axis = 0; axis < 3; ++axis) {
    std::vector<int64_t> sizes{1, 1, extent[0], extent[1], extent[2]};
    ++sizes[static_cast<size_t>(axis + 2)];
    EXPECT_THROW(network_->forward(torch::zeros(sizes)), ShapeError);
  }
}

TEST_P(BackboneContract, SendsAGradientToEveryParameterThatAnOutputDependsOn) {
  network_->train();
  network_->forward(image(2, {2, 2, 2})).logits.square().sum().backward();
  for (const auto& parameter : network_->named_parameters()) {
    const auto part = unused_parameters().find(GetParam());
    const bool unused = part != unused_parameters().end() &&
                        parameter.key().find(part->second) != std::string::npos;
    EXPECT_EQ(parameter.value().grad().defined(), !unused) << parameter.key();
  }
}

/// A tensor that is no registered parameter or buffer would stay in single precision.
TEST_P(BackboneContract, RegistersEveryTensorThatItComputesWith) {
  const torch::NoGradGuard no_grad;
  const Tensor x = image(1, {2, 2, 2});
  const Tensor single = network_->forward(x).logits;
  network_->to(torch::kDouble);
  const Tensor twice = network_->forward(x.to(torch::kDouble)).logits;
  EXPECT_EQ(twice.scalar_type(), torch::kDouble);
  EXPECT_LT((twice - single).abs().max().item<double>(), 1e-3 * twice.abs().max().item<double>());
}

TEST_P(BackboneContract, GivesTheSameAfterItWasSavedAndLoaded) {
  const torch::NoGradGuard no_grad;
  const Tensor x = image(1, {2, 2, 2});
  change_all_numbers(*network_);
  save_tensor_file(folder_ / "weights.pt", {{}, module_tensors(*network_)});
  const BackbonePtr loaded = make();
  EXPECT_FALSE(torch::equal(loaded->forward(x).logits, network_->forward(x).logits));
  assign_tensors(*loaded, load_tensor_file(folder_ / "weights.pt").tensors, "weights.pt");
  EXPECT_TRUE(torch::equal(loaded->forward(x).logits, network_->forward(x).logits));
}

TEST_P(BackboneContract, GivesLibTorchsLogitsByTheProjectsKernels) {
  const torch::NoGradGuard no_grad;
  const Tensor x = image(2, {4, 2, 4});
  const Tensor own = network_->forward(x).logits;
  const LibraryOnly library_only;
  const Tensor expected = network_->forward(x).logits;
  EXPECT_LT((own - expected).abs().max().item<double>(),
            1e-4 * expected.abs().max().item<double>());
}

TEST_P(BackboneContract, GivesTheSameLogitsWithItsChannelsInnermost) {
  const torch::NoGradGuard no_grad;
  const LibraryOnly library_only;
  for (const int64_t batch : {1, 2}) {
    const Tensor x = image(batch, {4, 2, 4});
    const Tensor expected = network_->forward(x).logits;
    const ChannelsLastInference channels_last(true);
    EXPECT_LT((network_->forward(x).logits - expected).abs().max().item<double>(),
              1e-4 * expected.abs().max().item<double>());
  }
}

/// Of LibTorch's functions on this thread: convolutions of several channels that lie innermost,
/// norms that know no such layout, and results that a device would have to be waited for.
class LibraryCalls {
 public:
  LibraryCalls() {
    seen() = {};
    handle_ = at::addThreadLocalCallback(
        at::RecordFunctionCallback(on_call).needsInputs(true).scopes({at::RecordScope::FUNCTION}));
  }
  ~LibraryCalls() { at::removeCallback(handle_); }
  LibraryCalls(const LibraryCalls&) = delete;
  LibraryCalls& operator=(const LibraryCalls&) = delete;
  int64_t innermost() const { return seen().innermost; }
  int64_t contiguous_norms() const { return seen().contiguous_norms; }
  int64_t waits() const { return seen().waits; }

 private:
  struct Counts {
    int64_t innermost = 0, contiguous_norms = 0, waits = 0;
  };
  static Counts& seen() {
    static thread_local Counts counts;
    return counts;
  }
  static std::unique_ptr<at::ObserverContext> on_call(const at::RecordFunction& call) {
    const std::string name = call.name();
    if (name == "aten::native_group_norm") ++seen().contiguous_norms;
    if (name == "aten::_local_scalar_dense" || name == "aten::nonzero") ++seen().waits;
    if (name == "aten::convolution") {
      const Tensor input = call.inputs()[0].toTensor();
      const bool lies_so = input.is_contiguous(torch::MemoryFormat::ChannelsLast3d);
      if (input.size(1) > 1 && lies_so) ++seen().innermost;
    }
    return nullptr;
  }
  at::CallbackHandle handle_;
};

TEST_P(BackboneContract, KeepsItsChannelsInnermostWhereItIsAskedTo) {
  if (GetParam() == "torchscript") GTEST_SKIP() << "its file decides";
  const torch::NoGradGuard no_grad;
  const LibraryOnly library_only;
  for (const bool asked : {false, true}) {
    const ChannelsLastInference channels_last(asked);
    const LibraryCalls calls;
    network_->forward(image(1, {4, 2, 4}));
    EXPECT_EQ(calls.innermost() > 3, asked) << calls.innermost();
    const bool has_norms_of_groups = GetParam() != "segformer3d";
    if (asked || has_norms_of_groups) {
      EXPECT_EQ(calls.contiguous_norms() == 0, asked) << calls.contiguous_norms();
    }
  }
}

TEST_P(BackboneContract, AsksForNoResultBeforeItHasQueuedItsLogits) {
  const torch::NoGradGuard no_grad;
  const LibraryOnly library_only;
  const LibraryCalls calls;
  const Tensor logits = network_->forward(image(1, {4, 2, 4})).logits;
  EXPECT_EQ(calls.waits(), 0);
  logits.sum().item<float>();
  EXPECT_EQ(calls.waits(), 1);
}

TEST_P(BackboneContract, GivesTheSameLogitsAFewPlanesAtATime) {
  const torch::NoGradGuard no_grad;
  const Tensor x = image(2, {4, 2, 4});
  for (const Precision precision : {Precision::fp32, Precision::bf16}) {
    const Tensor expected = forward_in(precision, *network_, x).logits;
    const LazyVolume late = lazy_logits_in(precision, *network_, x);
    ASSERT_EQ(late.depth(), x.size(2));
    for (int64_t first = 0; first < late.depth(); first += late.step()) {
      const int64_t last = std::min(late.depth(), first + late.step());
      EXPECT_TRUE(torch::equal(late.planes(first, last), expected.narrow(2, first, last - first)))
          << first;
    }
  }
}

TEST_P(BackboneContract, IsNearItselfInBfloat16) {
  const torch::NoGradGuard no_grad;
  const Tensor x = image(2, {4, 2, 4});
  const Tensor exact = network_->forward(x).logits;
  const Tensor reduced = forward_in(Precision::bf16, *network_, x).logits;
  EXPECT_EQ(reduced.scalar_type(), torch::kFloat);
  EXPECT_LT((reduced - exact).norm().item<double>(), 0.03 * exact.norm().item<double>());
  EXPECT_EQ(torch::equal(reduced, exact), GetParam() == "torchscript");
  EXPECT_TRUE(torch::equal(network_->forward(x).logits, exact));
}

TEST_P(BackboneContract, GivesTheSameInTrainingAndInEvaluationMode) {
  const Tensor x = image(2, {2, 2, 2});
  network_->train();
  stop_what_training_changes(*network_);
  const Tensor trained = network_->forward(x).logits.detach();
  network_->eval();
  const c10::InferenceMode inference;
  const Tensor evaluated = network_->forward(x).logits;
  EXPECT_LT((trained - evaluated).abs().max().item<double>(),
            1e-5 * trained.abs().max().item<double>());
  EXPECT_TRUE(torch::equal(network_->forward(x).logits, evaluated));
}

TEST_P(BackboneContract, HasTheParametersThatItsClosedFormCounts) {
  const Int3 extent = extent_dhw(image(1, {1, 1, 1}));
  const double counted = model_.cost(1, kClasses, extent).params;
  if (std::isnan(counted)) GTEST_SKIP() << "it has no closed form";
  int64_t parameters = 0;
  for (const Tensor& parameter : network_->parameters()) parameters += parameter.numel();
  EXPECT_EQ(counted, static_cast<double>(parameters));
}

TEST_P(BackboneContract, ComputesTheMacsThatItsClosedFormCounts) {
  const torch::NoGradGuard no_grad;
  network_->to(torch::kDouble);
  const Tensor x = image(1, {2, 1, 3}).to(torch::kDouble);
  const double expected = model_.cost(1, kClasses, extent_dhw(x)).macs;
  if (std::isnan(expected)) GTEST_SKIP() << "it has no closed form";
  const testing::MacCounter counter;
  network_->forward(x);
  EXPECT_EQ(counter.macs(), expected);
}

TEST_P(BackboneContract, IsTheLocalNetworkOfEveryMethod) {
  const auto global = std::make_shared<UNet>(UNetConfig{{4, 8, 8}, {2, 2, 1}}, 1, kClasses);
  MethodParts parts;
  parts.local = network_;
  parts.global = global;
  const Int3 patch = reversed(model_.only_extent_xyz.value_or(Int3{16, 16, 16}));
  parts.geometry = {patch, {2, 2, 2}, 0.5};
  parts.num_classes = kClasses;
  parts.nmsw = std::make_shared<NmswNet>(network_, global, kClasses, ModelConfig{}, parts.geometry);
  parts.k = 2;
  const Int3 extent{patch[0] + 5, patch[1] + 14, patch[2] + 1};
  const Tensor volume = torch::randn({1, 1, extent[0], extent[1], extent[2]});
  for (const MethodEntry& entry : method_catalog()) {
    SCOPED_TRACE(std::string(entry.name));
    EXPECT_EQ(extent_dhw(entry.build(parts)->segment(volume).labels), extent);
  }
}

TEST_P(BackboneContract, IsTheGlobalNetworkOfEveryMethodWhereItMayBe) {
  if (backbone_cost_entry(GetParam()).role == NetworkRole::local_only) GTEST_SKIP() << "local only";
  MethodParts parts;
  parts.local = std::make_shared<UNet>(UNetConfig{{4, 8, 8}, {2, 2, 1}}, 1, kClasses);
  parts.global = network_;
  parts.geometry = {{16, 16, 16}, {2, 2, 2}, 0.5};
  parts.num_classes = kClasses;
  parts.nmsw =
      std::make_shared<NmswNet>(parts.local, network_, kClasses, ModelConfig{}, parts.geometry);
  parts.k = 2;
  const Tensor volume = torch::randn({1, 1, 21, 30, 17});
  for (const MethodEntry& entry : method_catalog()) {
    SCOPED_TRACE(std::string(entry.name));
    EXPECT_EQ(extent_dhw(entry.build(parts)->segment(volume).labels), (Int3{21, 30, 17}));
  }
}

std::vector<std::string_view> backbone_names() {
  std::vector<std::string_view> names;
  for (const BackboneEntry& entry : backbone_catalog()) names.push_back(entry.name);
  return names;
}

INSTANTIATE_TEST_SUITE_P(Catalog, BackboneContract, ::testing::ValuesIn(backbone_names()),
                         [](const auto& entry) { return std::string(entry.param); });

TEST(BackboneCatalogs, ListTheSameBackbones) {
  std::vector<std::string_view> planned;
  for (const BackboneCostEntry& entry : backbone_cost_catalog()) planned.push_back(entry.name);
  EXPECT_EQ(planned, backbone_names());
}

}  // namespace
}  // namespace nmsw
