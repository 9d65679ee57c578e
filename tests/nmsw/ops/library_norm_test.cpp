#include "nmsw/ops/library_norm.h"

#include "nmsw/ops/kernel_choice.h"
#include "tests/support/golden.h"

namespace nmsw {
namespace {

using testing::close;

/// Of a channel whose values lie close together beside their mean.
constexpr double kRounding = 3e-4;

constexpr auto kChannelsLast = torch::MemoryFormat::ChannelsLast3d;

/// A channel's values less their mean, over their deviation, by the formula.
Tensor written_out(const Tensor& input, const Tensor& scale, const Tensor& offset) {
  const Tensor x = input.to(torch::kDouble);
  const Tensor centred = x - x.mean({2, 3, 4}, true);
  const Tensor normed = centred / (centred.square().mean({2, 3, 4}, true) + 1e-5).sqrt();
  return normed * scale.view({1, -1, 1, 1, 1}) + offset.view({1, -1, 1, 1, 1});
}

TEST(LibraryNorm, IsTheFormulaInEitherLayout) {
  torch::manual_seed(3);
  const LibraryOnly library_only;
  const torch::NoGradGuard no_gradient;
  const Tensor scale = torch::rand({5}) + 0.5, offset = torch::randn({5});
  for (const Int3 extent : {Int3{1, 1, 1}, Int3{2, 3, 5}, Int3{9, 8, 7}}) {
    for (const int64_t batch : {1, 3}) {
      const Tensor input =
          torch::randn({batch, 5, extent[0], extent[1], extent[2]}).mul_(3).add_(2);
      for (const bool channels_last : {false, true}) {
        const ChannelsLastInference layout(channels_last);
        for (const auto given : {torch::MemoryFormat::Contiguous, kChannelsLast}) {
          const Tensor got = library_norm(input.contiguous(given), scale, offset);
          EXPECT_TRUE(
              close(got, written_out(input, scale, offset).to(torch::kFloat), kRounding, 0));
          if (channels_last) {
            EXPECT_TRUE(got.is_contiguous(kChannelsLast));
          }
        }
        EXPECT_TRUE(close(library_norm(input),
                          written_out(input, torch::ones({5}), torch::zeros({5})).to(torch::kFloat),
                          kRounding, 0));
      }
    }
  }
}

TEST(LibraryGroupNorm, IsTheSameInEitherLayout) {
  torch::manual_seed(3);
  const LibraryOnly library_only;
  const torch::NoGradGuard no_gradient;
  const Tensor scale = torch::rand({6}) + 0.5, offset = torch::randn({6});
  const Tensor input = torch::randn({2, 6, 9, 8, 7}).mul_(3).add_(2);
  for (const int64_t groups : {1, 2, 3, 6}) {
    const Tensor expected = torch::group_norm(input.to(torch::kDouble), groups,
                                              scale.to(torch::kDouble), offset.to(torch::kDouble));
    EXPECT_TRUE(close(library_group_norm(input, groups, scale, offset), expected, 1e-5, 0));
    const ChannelsLastInference layout(true);
    const Tensor got = library_group_norm(input, groups, scale, offset);
    EXPECT_TRUE(close(got, expected, 1e-5, 0));
    EXPECT_TRUE(got.is_contiguous(kChannelsLast));
    EXPECT_EQ(library_group_norm(input.to(torch::kBFloat16), groups, scale, offset).scalar_type(),
              torch::kBFloat16);
  }
}

/// As autocast hands them over; statistics and sums are in float32 then.
TEST(LibraryNorm, TakesVolumesOfFewerBitsThanTheScale) {
  torch::manual_seed(3);
  const torch::NoGradGuard no_gradient;
  const ChannelsLastInference layout(true);
  const Tensor scale = torch::rand({5}) + 0.5, offset = torch::randn({5});
  const Tensor input = torch::randn({2, 5, 9, 8, 7}).mul_(3).add_(2).to(torch::kBFloat16);
  const Tensor got = library_norm(input, scale, offset);
  EXPECT_EQ(got.scalar_type(), torch::kBFloat16);
  EXPECT_TRUE(got.is_contiguous(kChannelsLast));
  const Tensor expected = written_out(input, scale, offset).to(torch::kFloat);
  EXPECT_LT((got.to(torch::kFloat) - expected).abs().max().item<double>(),
            0.01 * expected.abs().max().item<double>());
}

TEST(LibraryNorm, GivesConvolutionsTheSameValuesAndIsNotCopiedAgain) {
  const LibraryOnly library_only;
  const torch::NoGradGuard no_gradient;
  const ChannelsLastInference layout(true);
  const Tensor normed = library_norm(torch::randn({2, 4, 6, 7, 8}));
  const Tensor weight = torch::randn({3, 4, 3, 3, 3});
  EXPECT_TRUE(close(torch::conv3d(normed, weight, {}, 1, 1),
                    torch::conv3d(normed.contiguous(), weight, {}, 1, 1), 0, 1e-4));
  EXPECT_TRUE(torch::equal(laid_out(normed), normed));
  EXPECT_EQ(laid_out(normed).data_ptr(), normed.data_ptr()) << "a copy of what lies right already";
}

TEST(LibraryNorm, LeavesTheLayoutWhereAGradientIsToComeOrTheProjectHasKernels) {
  const ChannelsLastInference layout(true);
  const Tensor input = torch::randn({1, 4, 3, 3, 3}).requires_grad_();
  {
    const LibraryOnly library_only;
    const Tensor normed = library_norm(input);
    EXPECT_TRUE(normed.is_contiguous());
    EXPECT_TRUE(normed.requires_grad());
  }
  const torch::NoGradGuard no_gradient;
  EXPECT_TRUE(laid_out(input.contiguous(kChannelsLast)).is_contiguous());
}

}  // namespace
}  // namespace nmsw
