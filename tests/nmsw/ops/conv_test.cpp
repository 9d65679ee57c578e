#include "nmsw/ops/conv.h"

#include <ATen/Parallel.h>

#include "nmsw/ops/kernel_choice.h"
#include "tests/support/golden.h"

namespace nmsw {
namespace {

using testing::close;

struct ConvLeaves {
  Tensor input, weight, bias;
  ConvLeaves(int64_t in, int64_t out, Int3 extent) {
    torch::manual_seed(11);
    input = torch::randn({2, in, extent[0], extent[1], extent[2]}).requires_grad_();
    weight = torch::randn({out, in, 3, 3, 3}).requires_grad_();
    bias = torch::randn({out}).requires_grad_();
  }
  /// Gradients of a fixed functional of the output.
  std::vector<Tensor> gradients(const Tensor& output) const {
    const Tensor factor = torch::arange(output.numel(), torch::kFloat).sin().view(output.sizes());
    return torch::autograd::grad({(output * factor).sum()}, {input, weight, bias});
  }
};

TEST(Conv3x3, HasLibTorchsValuesAndGradients) {
  for (const Int3 extent : {Int3{1, 1, 1}, Int3{5, 3, 7}, Int3{8, 16, 33}}) {
    for (const auto& [in, out] : {std::pair<int64_t, int64_t>{1, 4}, {17, 17}, {20, 3}}) {
      SCOPED_TRACE(::testing::Message() << extent[0] << "x" << extent[1] << "x" << extent[2] << " "
                                        << in << "->" << out);
      const ConvLeaves given(in, out, extent);
      const Tensor got = conv3x3(given.input, given.weight, given.bias);
      const Tensor expected = torch::conv3d(given.input, given.weight, given.bias, 1, 1);
      ASSERT_EQ(got.sizes(), expected.sizes());
      EXPECT_TRUE(close(got, expected.detach(), 0, 1e-5));
      const auto ours = given.gradients(got), theirs = given.gradients(expected);
      for (size_t i = 0; i < ours.size(); ++i) EXPECT_TRUE(close(ours[i], theirs[i], 0, 5e-5)) << i;
    }
  }
}

TEST(Conv3x3, GivesTheSameBitsWithAnyNumberOfThreads) {
  const int threads = at::get_num_threads();
  std::vector<Tensor> values;
  std::vector<std::vector<Tensor>> gradients;
  for (const int count : {1, 3}) {
    at::set_num_threads(count);
    const ConvLeaves given(5, 13, {9, 20, 31});
    const Tensor output = conv3x3(given.input, given.weight, given.bias);
    values.push_back(output.detach());
    gradients.push_back(given.gradients(output));
  }
  at::set_num_threads(threads);
  EXPECT_TRUE(torch::equal(values[0], values[1]));
  EXPECT_TRUE(torch::equal(gradients[0][0], gradients[1][0]));
  EXPECT_TRUE(torch::equal(gradients[0][1], gradients[1][1]));
}

TEST(Conv3x3, TakesStridedInputAndNoBias) {
  const ConvLeaves given(3, 7, {4, 6, 8});
  const Tensor turned = given.input.transpose(2, 4);
  const Tensor got = conv3x3(turned, given.weight, {});
  const Tensor expected = torch::conv3d(turned, given.weight, {}, 1, 1);
  EXPECT_TRUE(close(got, expected.detach(), 0, 1e-5));
  const auto to_weight = [&](const Tensor& output) {
    return torch::autograd::grad({output.square().sum()}, {given.weight})[0];
  };
  EXPECT_TRUE(close(to_weight(got), to_weight(expected), 0, 1e-4));
}

Tensor instance_norm_of(const Tensor& volume) {
  return torch::instance_norm(volume, {}, {}, {}, {}, true, 0, 1e-5, false);
}

/// Volumes one behind the other, and what LibTorch makes of them: one with its norm pending, one
/// with nothing, a sum of two norms, a sum of a norm and one channel for all.
struct DeferredInput {
  std::vector<DeferredNorm> volumes;
  Tensor joined;
  DeferredInput(int64_t first, int64_t second, Int3 extent) {
    torch::manual_seed(3);
    const auto [d, h, w] = extent;
    const auto draw = [&, depth = d, height = h, width = w](int64_t channels) {
      return 2 * torch::randn({2, channels, depth, height, width}) + 1;
    };
    const Tensor a = draw(first), b = draw(second), c = draw(first), other = draw(first),
                 e = draw(second), one = draw(1);
    volumes = {deferred_norm(a, 0.2),
               {b, {}, 1},
               sum_pending(deferred_norm(c, 1), deferred_norm(other, 1), 0.1),
               sum_pending(deferred_norm(e, 1), {one, {}, 1}, 0.3)};
    joined = torch::cat({torch::leaky_relu(instance_norm_of(a), 0.2), b,
                         torch::leaky_relu(instance_norm_of(c) + instance_norm_of(other), 0.1),
                         torch::leaky_relu(instance_norm_of(e) + one, 0.3)},
                        1);
  }
};

using Convolution = DeferredNorm (*)(const std::vector<DeferredNorm>&, const Tensor&, const Tensor&,
                                     const ConvOptions&);

/// `library` of the joined volumes is what `ours` makes of the pending ones, and its moments.
template <class Library>
void expect_the_librarys(Convolution ours, const DeferredInput& input, const Tensor& weight,
                         const Tensor& bias, Library library) {
  ConvOptions wanted;
  wanted.with_moments = true;
  const DeferredNorm got = ours(input.volumes, weight, bias, wanted);
  const Tensor expected = library(input.joined, weight, bias);
  EXPECT_TRUE(close(got.values, expected, 0, 2e-5));
  EXPECT_TRUE(close(got.moments.view({2, -1, 2}).select(2, 0), expected.mean({2, 3, 4}), 0, 1e-5));
  EXPECT_TRUE(close(settled(got), instance_norm_of(expected), 0, 5e-5));
  EXPECT_TRUE(close(ours(input.volumes, weight, {}, {}).values, library(input.joined, weight, {}),
                    0, 2e-5));
}

TEST(Convs, ApplyPendingNormsToVolumesOneBehindTheOther) {
  const torch::NoGradGuard no_gradient;
  for (const Int3 extent : {Int3{2, 1, 3}, Int3{5, 3, 7}, Int3{4, 8, 33}}) {
    const DeferredInput input(4, 5, extent);
    const Tensor bias = torch::randn({7});
    expect_the_librarys(conv3x3, input, torch::randn({7, 18, 3, 3, 3}), bias,
                        [](const Tensor& x, const Tensor& w, const Tensor& b) {
                          return torch::conv3d(x, w, b, 1, 1);
                        });
    expect_the_librarys(conv3x3_halved, input, torch::randn({7, 18, 3, 3, 3}), bias,
                        [](const Tensor& x, const Tensor& w, const Tensor& b) {
                          return torch::conv3d(x, w, b, 2, 1);
                        });
    expect_the_librarys(conv3x3_doubled, input, torch::randn({18, 7, 3, 3, 3}), bias,
                        [](const Tensor& x, const Tensor& w, const Tensor& b) {
                          return torch::conv_transpose3d(x, w, b, 2, 1, 1);
                        });
    expect_the_librarys(
        conv1x1, input, torch::randn({7, 18, 1, 1, 1}), bias,
        [](const Tensor& x, const Tensor& w, const Tensor& b) { return torch::conv3d(x, w, b); });
    expect_the_librarys(conv2x2_doubled, input, torch::randn({18, 7, 2, 2, 2}), bias,
                        [](const Tensor& x, const Tensor& w, const Tensor& b) {
                          return torch::conv_transpose3d(x, w, b, 2);
                        });
  }
}

TEST(Convs, AddAVolumeWithItsNorm) {
  const torch::NoGradGuard no_gradient;
  const DeferredInput input(4, 5, {3, 6, 18});
  const Tensor weight = torch::randn({4, 18, 3, 3, 3}), points = torch::randn({4, 18, 1, 1, 1});
  ConvOptions wanted;
  wanted.added = {input.volumes.front()};
  const Tensor added = input.joined.narrow(1, 0, 4);
  EXPECT_TRUE(close(conv3x3(input.volumes, weight, {}, wanted).values,
                    torch::conv3d(input.joined, weight, {}, 1, 1) + added, 0, 2e-5));
  EXPECT_TRUE(close(conv1x1(input.volumes, points, {}, wanted).values,
                    torch::conv3d(input.joined, points) + added, 0, 2e-5));
}

TEST(DeferredNorm, IsSettledToWhatLibTorchMakesOfIt) {
  const torch::NoGradGuard no_gradient;
  DeferredInput input(4, 5, {3, 6, 18});
  EXPECT_TRUE(close(joined(settled(input.volumes)), input.joined, 0, 1e-5));
  for (DeferredNorm& volume : input.volumes) {
    const void* const memory = volume.values.data_ptr();
    settle(volume);
    EXPECT_EQ(volume.values.data_ptr(), memory);
    EXPECT_TRUE(settled(volume).is_same(volume.values));
  }
  EXPECT_TRUE(close(joined(settled(input.volumes)), input.joined, 0, 1e-5));
}

TEST(DeferredNorm, RefusesASumOfWhatDoesNotFit) {
  const torch::NoGradGuard no_gradient;
  const DeferredInput input(4, 5, {2, 3, 4});
  const DeferredNorm norm = deferred_norm(torch::randn({2, 4, 2, 3, 4}), 1);
  EXPECT_THROW(sum_pending(norm, input.volumes[1], 1), ShapeError);
  EXPECT_THROW(sum_pending(norm, input.volumes[0], 1), ShapeError);  // a rectifier is pending
  EXPECT_THROW(sum_pending(norm, input.volumes[2], 1), ShapeError);  // so is a sum
  EXPECT_THROW(sum_pending(input.volumes[1], input.volumes[1], 1), ShapeError);  // no norm
}

/// Its planes, a step or more at a time, the last ones first.
Tensor gathered(const LazyVolume& late, int64_t steps) {
  std::vector<Tensor> parts;
  const int64_t size = steps * late.step();
  for (int64_t first = (late.depth() - 1) / size * size; first >= 0; first -= size) {
    parts.insert(parts.begin(), late.planes(first, std::min(late.depth(), first + size)));
  }
  return torch::cat(parts, 2);
}

TEST(LazyConvs, GiveTheSameBitsAFewPlanesAtATime) {
  const torch::NoGradGuard no_gradient;
  for (const bool reduced : {false, true}) {
    const Bf16Inference bf16(reduced);
    for (const Int3 extent : {Int3{1, 5, 7}, Int3{4, 3, 16}, Int3{19, 17, 33}}) {
      const DeferredInput input(4, 5, extent);
      const Tensor weight = torch::randn({4, 18, 3, 3, 3}), points = torch::randn({4, 18, 1, 1, 1}),
                   bias = torch::randn({4});
      ConvOptions wanted;
      wanted.added = {input.volumes.front()};
      const LazyVolume cubic = lazy_conv3x3(input.volumes, weight, bias, wanted.added);
      const LazyVolume point = lazy_conv1x1(input.volumes, points, bias, wanted.added);
      for (const int64_t steps : {1, 2}) {
        EXPECT_TRUE(torch::equal(gathered(cubic, steps),
                                 conv3x3(input.volumes, weight, bias, wanted).values));
        EXPECT_TRUE(torch::equal(gathered(point, steps),
                                 conv1x1(input.volumes, points, bias, wanted).values));
      }
      EXPECT_TRUE(torch::equal(cubic.whole(), gathered(cubic, 1)));
    }
  }
}

TEST(LazyVolume, RefusesPlanesThatAreNotComputedTogether) {
  const torch::NoGradGuard no_gradient;
  const LazyVolume late = lazy_conv1x1({{torch::zeros({1, 2, 10, 3, 3}), {}, 1}},
                                       torch::zeros({2, 2, 1, 1, 1}), {}, {});
  ASSERT_EQ(late.step(), 4);
  EXPECT_EQ(late.planes(8, 10).size(2), 2);
  EXPECT_THROW(late.planes(0, 5), ShapeError);
  EXPECT_THROW(late.planes(2, 4), ShapeError);
  EXPECT_THROW(late.planes(4, 4), ShapeError);
  EXPECT_THROW(late.planes(8, 12), ShapeError);
}

TEST(Convs, RefuseChannelsThatDoNotFit) {
  const torch::NoGradGuard no_gradient;
  const std::vector<DeferredNorm> input{{torch::zeros({1, 2, 4, 4, 4}), {}, 1}};
  EXPECT_THROW(conv3x3_doubled(input, torch::zeros({3, 2, 3, 3, 3}), {}, {}), ShapeError);
  EXPECT_THROW(conv3x3_halved(input, torch::zeros({2, 3, 3, 3, 3}), {}, {}), ShapeError);
  EXPECT_THROW(conv1x1(input, torch::zeros({2, 3, 1, 1, 1}), {}, {}), ShapeError);
  EXPECT_THROW(conv2x2_doubled(input, torch::zeros({2, 3, 3, 3, 3}), {}, {}), ShapeError);
  ConvOptions wanted;
  wanted.added = {{torch::zeros({1, 2, 4, 4, 5}), {}, 1}};
  EXPECT_THROW(conv3x3(input, torch::zeros({2, 2, 3, 3, 3}), {}, wanted), ShapeError);
}

double relative(const Tensor& got, const Tensor& expected) {
  return ((got - expected).norm() / expected.norm()).item<double>();
}

TEST(Convs, MultiplyInBfloat16WhereAsked) {
  const torch::NoGradGuard no_gradient;
  const Bf16Inference bf16(true);
  for (const int64_t in : {1, 6, 9}) {
    torch::manual_seed(5);
    const Tensor input = torch::randn({2, in, 5, 7, 33}), bias = torch::randn({17});
    const Tensor weight = torch::randn({17, in, 3, 3, 3}), turned = torch::randn({in, 17, 3, 3, 3});
    const std::vector<DeferredNorm> volumes{{input, {}, 1}};
    for (const double error : {relative(conv3x3(volumes, weight, bias, {}).values,
                                        torch::conv3d(input, weight, bias, 1, 1)),
                               relative(conv3x3_halved(volumes, weight, bias, {}).values,
                                        torch::conv3d(input, weight, bias, 2, 1)),
                               relative(conv3x3_doubled(volumes, turned, bias, {}).values,
                                        torch::conv_transpose3d(input, turned, bias, 2, 1, 1))}) {
      EXPECT_LT(error, 0.01);
      EXPECT_GT(error, 1e-4);
    }
  }
}

TEST(Conv3x3, RefusesAWeightThatDoesNotFit) {
  const ConvLeaves given(3, 7, {4, 4, 4});
  EXPECT_THROW(conv3x3(given.input, torch::zeros({7, 4, 3, 3, 3}), {}), ShapeError);
  EXPECT_THROW(conv3x3(given.input, torch::zeros({7, 3, 5, 5, 5}), {}), ShapeError);
  EXPECT_THROW(conv3x3(given.input, given.weight, torch::zeros({3})), ShapeError);
}

}  // namespace
}  // namespace nmsw
