#include "runners/planning/cells/nnunet_model.h"

#include <gtest/gtest.h>

#include "tests/support/expect_error.h"

namespace nmsw::runners {
namespace {

using datasets::IntensityRule;
using nlohmann::json;
using testing::expect_error;

/// As nnU-Net 2 saves it, shortened to what is read and a little more; axes x, z, y.
json checkpoint() {
  return json::parse(R"({
    "trainer_name": "nnUNetTrainer",
    "init_args": {
      "configuration": "3d_fullres",
      "dataset_json": {
        "channel_names": {"0": "CT"},
        "labels": {"background": 0, "liver": 1, "spleen": 2, "ignore": 3}},
      "plans": {
        "dataset_name": "Dataset123_Toy",
        "transpose_forward": [2, 0, 1],
        "transpose_backward": [1, 2, 0],
        "foreground_intensity_properties_per_channel": {
          "0": {"max": 1500.0, "mean": 99.5, "median": 101.0, "min": -900.0,
                "percentile_00_5": -60.0, "percentile_99_5": 210.0, "std": 39.25}},
        "configurations": {
          "2d": {"patch_size": [512, 512]},
          "3d_lowres": {
            "spacing": [5.0, 2.0, 1.0],
            "patch_size": [20, 48, 64],
            "normalization_schemes": ["CTNormalization"],
            "use_mask_for_norm": [false],
            "architecture": {
              "network_class_name": "some.where.unet.PlainConvUNet",
              "arch_kwargs": {
                "n_stages": 3,
                "features_per_stage": [8, 16, 24],
                "conv_op": "torch.nn.modules.conv.Conv3d",
                "kernel_sizes": [[1, 3, 3], [3, 3, 3], [3, 3, 3]],
                "strides": [[1, 1, 1], [1, 2, 2], [2, 2, 4]],
                "n_conv_per_stage": [2, 2, 1],
                "n_conv_per_stage_decoder": [2, 1],
                "conv_bias": true,
                "norm_op": "torch.nn.modules.instancenorm.InstanceNorm3d",
                "norm_op_kwargs": {"eps": 1e-05, "affine": true},
                "dropout_op": null,
                "nonlin": "torch.nn.LeakyReLU",
                "nonlin_kwargs": {"inplace": true}}}},
          "3d_fullres": {"inherits_from": "3d_lowres", "spacing": [3.0, 1.5, 1.25]},
          "3d_cascade_fullres": {"inherits_from": "3d_fullres", "previous_stage": "3d_lowres"}}}}})");
}

const json::json_pointer kPlans("/init_args/plans"),
    kFirst("/init_args/plans/configurations/3d_lowres"),
    kSizes("/init_args/plans/configurations/3d_lowres/architecture/arch_kwargs");

NnUnetModel model_of(const json& values, VoxelOrder order = VoxelOrder::RAS) {
  return nnunet_model(values, order, "net.pth");
}

template <class Config>
Config network_of(const NnUnetModel& model) {
  EXPECT_EQ(model.description.networks.backbone, Config::name);
  return read_config<Config>(
      ConfigNode::parse(model.description.networks.backbone_config, "network"));
}

TEST(NnUnetModel, TurnsTheNetworksAxesToXyz) {
  const NnUnetModel model = model_of(checkpoint(), VoxelOrder::LPS);
  // The network's axes are x, z, y: its second is the image's z, its third y, its first x.
  EXPECT_EQ(model.axes, (AxisOfZyx{1, 2, 0}));
  const auto network = network_of<NnUnetConfig>(model);
  EXPECT_EQ(network.channels, (std::vector<int64_t>{8, 16, 24}));
  EXPECT_EQ(network.kernels_xyz, (std::vector<Int3>{{1, 3, 3}, {3, 3, 3}, {3, 3, 3}}));
  EXPECT_EQ(network.strides_xyz, (std::vector<Int3>{{1, 1, 1}, {1, 2, 2}, {2, 4, 2}}));
  EXPECT_EQ(network.encoder_convs, (std::vector<int64_t>{2, 2, 1}));
  EXPECT_EQ(network.decoder_convs, (std::vector<int64_t>{2, 1}));
  EXPECT_EQ(network.voxel_order, VoxelOrder::LPS);
  const datasets::DatasetDescriptor& data = model.description.data.descriptor;
  EXPECT_EQ(*data.preprocessing.spacing_xyz_mm, (Real3{3.0, 1.25, 1.5})) << "not 3d_lowres's";
  EXPECT_EQ(data.patch_xyz, (Int3{24, 64, 48})) << "20 is no multiple of 8";
  ASSERT_EQ(model.notes.size(), 1U);
  EXPECT_NE(model.notes[0].find("20 x 64 x 48"), std::string::npos) << model.notes[0];
}

TEST(NnUnetModel, DescribesTheDataAsNnUnetPreparesThem) {
  const datasets::DatasetDescriptor data = model_of(checkpoint()).description.data.descriptor;
  EXPECT_EQ(data.name, "Dataset123_Toy");
  EXPECT_EQ(data.classes, (std::vector<std::string>{"liver", "spleen"}));
  EXPECT_EQ(data.modality, "CT");
  EXPECT_EQ(data.preprocessing.intensity, IntensityRule::clipped_zscore);
  EXPECT_EQ(data.preprocessing.window, (std::array<double, 2>{-60, 210}));
  EXPECT_EQ(data.preprocessing.mean_and_deviation, (std::array<double, 2>{99.5, 39.25}));
  json two = checkpoint();
  two["init_args"]["dataset_json"]["channel_names"] = {{"0", "T1"}, {"1", "CT"}};
  two[kFirst]["normalization_schemes"] = {"ZScoreNormalization", "RescaleTo01Normalization"};
  two[kFirst]["use_mask_for_norm"] = {true, false};
  const datasets::DatasetDescriptor both = model_of(two).description.data.descriptor;
  ASSERT_EQ(both.channels.size(), 2U);
  EXPECT_EQ(both.channels[0].intensity, IntensityRule::zscore);
  EXPECT_EQ(both.channels[0].statistics_over, datasets::StatisticsOver::nonzero);
  EXPECT_EQ(both.channels[1].intensity, IntensityRule::percentile);
  EXPECT_EQ(both.channels[1].percentiles, (std::array<double, 2>{0, 100}));
}

TEST(NnUnetModel, ReadsTheResidualEncoder) {
  json values = checkpoint();
  json& sizes = values[kSizes];
  values[kFirst]["architecture"]["network_class_name"] = "some.where.ResidualEncoderUNet";
  sizes["n_blocks_per_stage"] = {1, 3, 4};
  sizes["n_conv_per_stage_decoder"] = 1;
  sizes.erase("n_conv_per_stage");
  const auto network = network_of<NnUnetResEncConfig>(model_of(values));
  EXPECT_EQ(network.blocks, (std::vector<int64_t>{1, 3, 4}));
  EXPECT_EQ(network.decoder_convs, (std::vector<int64_t>{1, 1}));
}

TEST(NnUnetModel, ReadsPlansOfBefore) {
  json values = checkpoint();
  json& old = values[kFirst];
  old.erase("architecture");
  old.update(json{{"UNet_class_name", "PlainConvUNet"},
                  {"UNet_base_num_features", 12},
                  {"unet_max_num_features", 40},
                  {"n_conv_per_stage_encoder", {2, 2, 2}},
                  {"n_conv_per_stage_decoder", {2, 2}},
                  {"num_pool_per_axis", {1, 2, 2}},
                  {"pool_op_kernel_sizes", {{1, 1, 1}, {1, 2, 2}, {2, 2, 2}}},
                  {"conv_kernel_sizes", {{1, 3, 3}, {3, 3, 3}, {3, 3, 3}}}});
  const auto network = network_of<NnUnetConfig>(model_of(values));
  EXPECT_EQ(network.channels, (std::vector<int64_t>{12, 24, 40}));
  EXPECT_EQ(network.strides_xyz[1], (Int3{1, 2, 2}));
}

TEST(NnUnetModel, NamesWhatCannotBeHad) {
  const auto refused = [](const std::function<void(json&)>& change,
                          const std::vector<std::string>& parts) {
    json values = checkpoint();
    change(values);
    SCOPED_TRACE(parts.back());
    std::vector<std::string> all = parts;
    all.insert(all.begin(), "net.pth");
    expect_error<DataError>([&] { model_of(values); }, all);
  };
  json absent;
  expect_error<DataError>([&] { model_of(absent); }, {"net.pth", "'init_args' is missing"});
  refused([](json& v) { v[kFirst]["architecture"]["network_class_name"] = "a.Primus"; },
          {"architecture", "Primus"});
  refused([](json& v) { v[kSizes]["norm_op"] = "torch.nn.BatchNorm3d"; },
          {"norm_op", "BatchNorm3d"});
  refused([](json& v) { v[kSizes]["conv_op"] = "torch.nn.Conv2d"; }, {"conv_op", "Conv2d"});
  refused([](json& v) { v[kSizes]["conv_bias"] = false; }, {"conv_bias", "false"});
  refused([](json& v) { v[kSizes]["dropout_op"] = "torch.nn.Dropout3d"; }, {"dropout"});
  refused([](json& v) { v[kSizes]["norm_op_kwargs"]["eps"] = 1e-3; }, {"eps", "0.001"});
  refused([](json& v) { v[kSizes]["strides"][1] = {2, 2}; }, {"strides[1]", "2 axes"});
  refused([](json& v) { v[kSizes]["strides"].erase(1); }, {"arch_kwargs", "2 strides_xyz"});
  refused([](json& v) { v[kSizes]["kernel_sizes"] = "many"; }, {"kernel_sizes", "no list"});
  refused([](json& v) { v[kSizes].erase("features_per_stage"); }, {"features_per_stage"});
  refused([](json& v) { v[kSizes]["features_per_stage"][0] = "x"; }, {"features_per_stage"});
  refused([](json& v) { v["init_args"]["configuration"] = "3d_cascade_fullres"; }, {"cascade"});
  refused([](json& v) { v["init_args"]["configuration"] = "2d"; }, {"UNet_class_name"});
  refused([](json& v) { v["init_args"]["configuration"] = "3d"; }, {"'3d' is missing"});
  refused([](json& v) { v["init_args"]["dataset_json"]["labels"]["both"] = {1, 2}; }, {"regions"});
  refused([](json& v) { v["init_args"]["dataset_json"]["labels"].erase("liver"); },
          {"labels", "class 1 is missing"});
  refused([](json& v) { v[kFirst]["normalization_schemes"] = {"Other"}; }, {"Other"});
  refused([](json& v) { v[kFirst]["normalization_schemes"] = json::array(); },
          {"0 of them for 1 channels"});
  refused([](json& v) { v[kPlans]["transpose_forward"] = {0, 1, 1}; }, {"transpose_forward"});
  refused([](json& v) { v[kPlans]["dataset_name"] = "a/b"; }, {"a/b"});
  refused([](json& v) { v[kFirst]["patch_size"] = {20, 48, -64}; }, {"patch_xyz"});
}

}  // namespace
}  // namespace nmsw::runners
