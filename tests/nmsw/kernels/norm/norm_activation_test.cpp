#include "nmsw/kernels/norm/norm_activation.h"

#include <gtest/gtest.h>

#include <cmath>
#include <vector>

#include "tests/support/numbers.h"

namespace nmsw {
namespace {

constexpr float kSlope = 0.25F;
constexpr double kEpsilon = 1e-5;

std::vector<float> waves(int64_t count, float offset, double phase) {
  std::vector<float> values = testing::numbers(count, phase);
  for (float& value : values) value += offset;
  return values;
}

/// The definition in double precision.
struct Reference {
  std::vector<double> t, y;
  double mean = 0, deviation = 0;
  explicit Reference(const std::vector<float>& x) {
    const auto n = static_cast<double>(x.size());
    for (const float value : x) mean += static_cast<double>(value) / n;
    for (const float value : x) deviation += std::pow(static_cast<double>(value) - mean, 2) / n;
    deviation = std::sqrt(deviation + kEpsilon);
    for (const float value : x) {
      t.push_back((static_cast<double>(value) - mean) / deviation);
      y.push_back(t.back() > 0 ? t.back() : static_cast<double>(kSlope) * t.back());
    }
  }
};

const std::vector<int64_t> kCounts{1, 2, 15, 16, 17, 64, 1000, 4096, 4100, 9001};

TEST(NormActivation, EqualsTheDefinitionAlsoFarFromZero) {
  for (const int64_t count : kCounts) {
    for (const float offset : {0.0F, -3.0F, 1000.0F}) {
      const std::vector<float> x = waves(count, offset, 0.3);
      const Reference reference(x);
      const Moments moments = channel_moments(x.data(), count, kEpsilon);
      std::vector<float> y(x.size());
      norm_activation(x.data(), count, moments, kSlope, y.data());
      const double tolerance =
          (count == 1 ? 400 : 2) * 6e-8 * (std::abs(static_cast<double>(offset)) + 10);
      for (size_t i = 0; i < y.size(); ++i) {
        ASSERT_NEAR(static_cast<double>(y[i]), reference.y[i], tolerance) << count << " " << offset;
      }
    }
  }
}

TEST(NormActivationGradient, IsTheSlopeOfTheDefinition) {
  for (const int64_t count : kCounts) {
    const std::vector<float> x = waves(count, 0.4F, 0.3), to_y = waves(count, 0, 1.7);
    const Moments moments = channel_moments(x.data(), count, kEpsilon);
    std::vector<float> to_x(x.size());
    const double to_slope =
        norm_activation_gradient(x.data(), to_y.data(), count, moments, kSlope, to_x.data());
    const Reference at(x);
    double expected_slope = 0, plain = 0, product = 0;
    std::vector<double> through;
    for (size_t i = 0; i < x.size(); ++i) {
      const auto g = static_cast<double>(to_y[i]);
      if (at.t[i] <= 0) expected_slope += g * at.t[i];
      through.push_back(at.t[i] > 0 ? g : static_cast<double>(kSlope) * g);
      plain += through.back() / static_cast<double>(count);
      product += through.back() * at.t[i] / static_cast<double>(count);
    }
    EXPECT_NEAR(to_slope, expected_slope, 1e-6 * static_cast<double>(count) + 1e-6);
    for (size_t i = 0; i < x.size(); ++i) {
      // By the chain rule through mean and deviation.
      const double expected = (through[i] - plain - at.t[i] * product) / at.deviation;
      ASSERT_NEAR(static_cast<double>(to_x[i]), expected, 3e-6 / at.deviation) << count;
    }
  }
}

TEST(AddChannels, AddsBothAsTheyAreRead) {
  for (const int64_t count : kCounts) {
    const std::vector<float> first = waves(count, 0.1F, 0.3), second = waves(count, -0.2F, 1.7);
    FusedChannel one, other;
    one.volume = first.data();
    one.scale = 2;
    one.offset = 0.5F;
    one.slope = 0;
    other.volume = second.data();
    std::vector<float> sum(first.size(), NAN);
    add_channels(one, other, 0, count / 2, sum.data());
    add_channels(one, other, count / 2, count, sum.data());
    for (size_t i = 0; i < sum.size(); ++i) {
      const float expected = std::max(0.0F, 2 * first[i] + 0.5F) + second[i];
      EXPECT_NEAR(sum[i], expected, 1e-6) << count << " " << i;
    }
  }
}

TEST(SettleChannel, WritesWhatAReaderTakes) {
  for (const int64_t count : kCounts) {
    const std::vector<float> first = waves(count, 0.1F, 0.3), second = waves(count, -0.2F, 1.7);
    FusedChannel channel;
    channel.volume = first.data();
    channel.scale = 2;
    channel.offset = 0.5F;
    channel.slope = kSlope;
    channel.added = second.data();
    channel.added_scale = -3;
    std::vector<float> settled(first.size(), NAN);
    settle_channel(channel, 0, count / 2, settled.data());
    settle_channel(channel, count / 2, count, settled.data());
    for (size_t i = 0; i < settled.size(); ++i) {
      const float sum = 2 * first[i] + 0.5F - 3 * second[i];
      EXPECT_NEAR(settled[i], sum > 0 ? sum : kSlope * sum, 1e-6) << count << " " << i;
    }
  }
}

}  // namespace
}  // namespace nmsw
