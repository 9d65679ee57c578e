#include "nmsw/cost/nnunet_cost.h"

#include <gtest/gtest.h>

#include "nmsw/base/error.h"

namespace nmsw {
namespace {

constexpr Int3 kPatch{128, 128, 128};

TEST(NnUnetCost, HasTheReferencesParameterCounts) {
  // METHOD 1.6
  const NnUnetConfig plain;
  EXPECT_EQ(nnunet_cost(plain, 1, 17, kPatch).params, 31207669);
  EXPECT_EQ(nnunet_cost(plain, 1, 20, kPatch).params, 31210084);
  EXPECT_EQ(nnunet_cost(plain, 1, 25, kPatch).params, 31214109);
  const NnUnetResEncConfig residual;
  EXPECT_EQ(nnunet_cost(residual, 1, 17, kPatch).params, 102361845);
  EXPECT_EQ(nnunet_cost(residual, 1, 20, kPatch).params, 102364260);
  EXPECT_EQ(nnunet_cost(residual, 1, 25, kPatch).params, 102368285);
}

TEST(NnUnetCost, GivesTheMacsOfAPatchInBothConventions) {
  const Cost plain = nnunet_cost(NnUnetConfig{}, 1, 20, kPatch);
  EXPECT_NEAR(plain.macs / 1e9, 478.440, 5e-4);
  EXPECT_NEAR(plain.macs_paper / 1e9, 535.198, 5e-4);
  const Cost residual = nnunet_cost(NnUnetResEncConfig{}, 1, 20, kPatch);
  EXPECT_NEAR(residual.macs / 1e9, 718.611, 5e-4);
  EXPECT_NEAR(residual.macs_paper / 1e9, 775.788, 5e-4);
}

/// Two levels of 2 and 3 channels with a stride along x alone, 4x2x2 voxels, 1 channel in and 2
/// classes out.
const NnUnetLevels kSmall{{2, 3}, {{1, 1, 1}, {2, 1, 1}}, {{3, 3, 1}, {1, 3, 5}}};
constexpr double kTop = 16, kBelow = 8;
/// Transposed convolution, two convolutions of nine taps, head.
constexpr double kSmallDecoder = kBelow * 2 * 3 * 2 + kTop * 9 * (4 * 2 + 2 * 2) + kTop * 2 * 2;

TEST(NnUnetCost, CountsAPlainNetworkOfTwoLevelsAsByHand) {
  const NnUnetConfig config{kSmall, {1, 2}, {2}};
  EXPECT_EQ(size_multiple(config), 2);
  EXPECT_EQ(nnunet_cost(config, 1, 2, {4, 2, 2}).macs,
            kTop * 9 * 1 * 2 + kBelow * 15 * (2 * 3 + 3 * 3) + kSmallDecoder);
}

TEST(NnUnetCost, CountsAResidualNetworkOfTwoLevelsAsByHand) {
  const NnUnetResEncConfig config{kSmall, {1, 2}, {2}};
  const double stem = kTop * 9 * 1 * 2, first = kTop * 9 * 2 * (2 * 2),
               second = kBelow * 15 * (2 * 3 + 3 * 3 * 3), shortcut = kBelow * 2 * 3;
  EXPECT_EQ(nnunet_cost(config, 1, 2, {4, 2, 2}).macs,
            stem + first + second + shortcut + kSmallDecoder);
}

TEST(NnUnetConfig, NamesWhatDoesNotFit) {
  const auto fault = [](const std::string& yaml) {
    try {
      read_network_config<NnUnetConfig>(ConfigNode::parse(yaml, "test.yaml"));
    } catch (const ConfigError& error) {
      return std::string(error.what());
    }
    return std::string("no fault");
  };
  const auto names = [&](const std::string& yaml, const std::string& part) {
    EXPECT_NE(fault(yaml).find(part), std::string::npos) << fault(yaml);
  };
  EXPECT_EQ(fault("{}"), "no fault");
  names("{channels: [4, 8]}", "2 channels, 6 strides_xyz");
  names("{decoder_convs: [1]}", "1 for the decoder");
  const std::string two = "channels: [4, 8], encoder_convs: [1, 1], decoder_convs: [1], ";
  names("{" + two + "strides_xyz: [[2, 1, 1], [2, 2, 2]], kernels_xyz: [[3, 3, 3], [3, 3, 3]]}",
        "first level");
  names("{" + two + "strides_xyz: [[1, 1, 1], [2, 2, 2]], kernels_xyz: [[3, 3, 3], [3, 2, 3]]}",
        "2 is even");
  names("{" + two + "strides_xyz: [[1, 1, 1], [2, 2]], kernels_xyz: [[3, 3, 3], [3, 3, 3]]}",
        "expected 3 values");
  names("{" + two + "strides_xyz: [[1, 1, 1], [2, 2, 99]], kernels_xyz: [[3, 3, 3], [3, 3, 3]]}",
        "must lie in 1..16");
  names(
      "{channels: [1, 1, 1, 1, 1], encoder_convs: [1, 1, 1, 1, 1], decoder_convs: [1, 1, 1, 1], "
      "strides_xyz: [[1, 1, 1], [1, 16, 1], [1, 16, 1], [1, 16, 1], [1, 16, 1]], "
      "kernels_xyz: [[1, 1, 1], [1, 1, 1], [1, 1, 1], [1, 1, 1], [1, 1, 1]]}",
      "along y is above 8192");
}

TEST(NnUnetConfig, NeedsOneMultipleForAllAxes) {
  NnUnetConfig config{
      {{2, 2, 2}, {{1, 1, 1}, {2, 3, 1}, {2, 1, 1}}, {{3, 3, 3}, {3, 3, 3}, {3, 3, 3}}},
      {1, 1, 1},
      {1, 1}};
  EXPECT_EQ(size_multiple(config), 12);
  EXPECT_THROW(nnunet_cost(config, 1, 2, {12, 12, 6}), ConfigError);
}

}  // namespace
}  // namespace nmsw
