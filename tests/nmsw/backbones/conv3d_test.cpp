#include "nmsw/backbones/conv3d.h"

#include "tests/support/golden.h"

namespace nmsw {
namespace {

/// Every way that it can take, and ones for the library.
struct ConvCase {
  int64_t in, out, kernel, stride, padding;
  Int3 extent;
};
const std::vector<ConvCase> kConvCases{{17, 17, 3, 1, 1, {4, 5, 16}}, {32, 32, 3, 1, 1, {4, 4, 16}},
                                       {3, 5, 3, 1, 1, {3, 4, 5}},    {1, 6, 3, 2, 1, {4, 6, 32}},
                                       {1, 6, 3, 2, 1, {5, 6, 32}},   {2, 6, 3, 2, 1, {4, 6, 32}},
                                       {5, 7, 1, 1, 0, {3, 4, 5}},    {5, 7, 1, 2, 0, {4, 4, 6}},
                                       {4, 4, 3, 1, 0, {5, 5, 20}},   {4, 4, 3, 3, 1, {6, 6, 18}}};

TEST(Conv3dModule, HasLibTorchsValuesAndGradientsInEveryOfItsWays) {
  for (const ConvCase& one : kConvCases) {
    SCOPED_TRACE(::testing::Message() << one.in << "->" << one.out << " kernel " << one.kernel
                                      << " stride " << one.stride);
    torch::manual_seed(4);
    Conv3d conv(torch::nn::Conv3dOptions(one.in, one.out, one.kernel)
                    .stride(one.stride)
                    .padding(one.padding));
    const Tensor image =
        torch::randn({2, one.in, one.extent[0], one.extent[1], one.extent[2]}).requires_grad_();
    const auto library = [&] {
      return torch::conv3d(image, conv->weight, conv->bias, one.stride, one.padding);
    };
    const Tensor got = conv->forward(image), expected = library();
    ASSERT_EQ(got.sizes(), expected.sizes());
    EXPECT_TRUE(testing::close(got, expected.detach(), 0, 1e-5));
    const auto gradients = [&](const Tensor& output) {
      return torch::autograd::grad({output.square().sum()}, {image, conv->weight, conv->bias});
    };
    const auto ours = gradients(got), theirs = gradients(expected);
    for (size_t i = 0; i < ours.size(); ++i) {
      EXPECT_TRUE(testing::close(ours[i], theirs[i], 0, 5e-5)) << i;
    }
    const torch::NoGradGuard no_gradient;
    EXPECT_TRUE(testing::close(conv->forward(image), library(), 0, 1e-5));
  }
}

}  // namespace
}  // namespace nmsw
