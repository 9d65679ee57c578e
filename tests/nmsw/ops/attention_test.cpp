#include "nmsw/ops/attention.h"

#include <ATen/Parallel.h>

#include "nmsw/ops/kernel_choice.h"
#include "tests/support/golden.h"

namespace nmsw {
namespace {

constexpr int64_t kHeads = 2, kHeadSize = 5, kChannels = kHeads * kHeadSize;

struct WindowCase {
  int64_t n;
  Tensor qkv, positions, mask;
  explicit WindowCase(int64_t tokens) : n(tokens) {
    torch::manual_seed(9);
    qkv = torch::randn({3 * n, 3 * kChannels});
    positions = torch::randn({kHeads, n, n});
    mask = torch::randn({n, n});
  }
  Tensor written_out() const {
    const auto parts = qkv.view({3, n, 3, kHeads, kHeadSize}).permute({2, 0, 3, 1, 4}).unbind(0);
    const Tensor scores =
        torch::matmul(parts[0] / std::sqrt(5.0), parts[1].transpose(-2, -1)) + positions;
    scores[0] += mask;  // the first window's
    return torch::matmul(torch::softmax(scores, -1), parts[2])
        .transpose(1, 2)
        .reshape({3 * n, kChannels});
  }
  Tensor attended() const { return attend_windows(qkv, positions, {{1, mask}, {2, {}}}); }
};

TEST(AttendWindows, HasLibTorchsValues) {
  const torch::NoGradGuard no_gradient;
  for (const int64_t n : {1, 8, 27, 64}) {
    const WindowCase given(n);
    EXPECT_TRUE(testing::close(given.attended(), given.written_out(), 0, 1e-5));
  }
}

TEST(AttendWindows, LeavesOutOnlyWhatIsNotAskedFor) {
  const torch::NoGradGuard no_gradient;
  const WindowCase given(64);
  Tensor asked = torch::zeros({3, 64}, torch::kBool);
  asked[0].slice(0, 60) = true;  // one vector of four
  asked[2].slice(0, 15, 17) = true;
  asked = asked.view({-1});
  for (const bool bf16 : {false, true}) {
    const Bf16Inference precision(bf16);
    const Tensor some =
        attend_windows(given.qkv, given.positions, {{1, given.mask}, {2, {}}}, asked);
    EXPECT_TRUE(torch::equal(some.index({asked}), given.attended().index({asked})));
  }
}

TEST(AttendWindows, GivesTheSameBitsWithAnyNumberOfThreads) {
  const torch::NoGradGuard no_gradient;
  const int threads = at::get_num_threads();
  const WindowCase given(27);
  std::vector<Tensor> found;
  for (const int count : {1, 3}) {
    at::set_num_threads(count);
    found.push_back(given.attended());
  }
  at::set_num_threads(threads);
  EXPECT_TRUE(torch::equal(found[0], found[1]));
}

TEST(AttendWindows, RefusesShapesThatDoNotFit) {
  const torch::NoGradGuard no_gradient;
  const WindowCase given(8);
  const Tensor wide = torch::empty({24, 3 * kChannels + 1});
  EXPECT_THROW(attend_windows(wide, given.positions, {{3, {}}}), ShapeError);
  EXPECT_THROW(attend_windows(given.qkv, given.positions, {{2, {}}}), ShapeError);
  EXPECT_THROW(attend_windows(given.qkv, given.positions, {{3, torch::zeros({7, 7})}}), ShapeError);
  EXPECT_THROW(
      attend_windows(given.qkv, given.positions, {{3, {}}}, torch::ones({8}, torch::kBool)),
      ShapeError);
}

}  // namespace
}  // namespace nmsw
