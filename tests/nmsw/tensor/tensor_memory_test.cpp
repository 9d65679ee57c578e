#include "nmsw/tensor/tensor_memory.h"

#include <gtest/gtest.h>

#include "nmsw/tensor/tensor.h"

namespace nmsw {
namespace {

/// As in the program: all tests of this one run on pooled memory.
class Pooled : public ::testing::Environment {
  void SetUp() override { use_pooled_memory(); }
};
const auto* const kPooled = ::testing::AddGlobalTestEnvironment(new Pooled);

constexpr int64_t kLarge = 3 << 20;  // floats

TEST(TensorMemory, OfAFreedTensorMakesTheNextOne) {
  release_free_memory();
  const int64_t before = pooled_bytes();
  { const Tensor first = torch::full({kLarge}, 1.0F), second = torch::full({kLarge}, 2.0F); }
  const int64_t two = pooled_bytes();
  EXPECT_GE(two, before + 8 * kLarge);
  {
    const Tensor sum = torch::cat({torch::full({kLarge / 4}, 1.0F), torch::full({kLarge}, 2.0F)});
    EXPECT_EQ(sum.sum().item<double>(), 2.25 * kLarge);
  }
  EXPECT_LE(pooled_bytes(), two + 8 * (1 << 20));
  release_free_memory();
  EXPECT_EQ(pooled_bytes(), before);
}

TEST(TensorMemory, LeavesSmallTensorsAndComparisonsOnTheHeap) {
  release_free_memory();
  const int64_t before = pooled_bytes();
  const Tensor small = torch::ones({1000});
  const HeapMemory heap;
  const Tensor large = torch::ones({kLarge});
  EXPECT_EQ(pooled_bytes(), before);
}

TEST(TensorMemory, StaysWithATensorThatGrows) {
  Tensor tensor = torch::ones({kLarge});
  tensor.resize_({2 * kLarge});
  EXPECT_EQ(tensor.narrow(0, 0, kLarge).sum().item<double>(), kLarge);
  const HeapMemory heap;  // what came from the pool goes back there
  tensor.resize_({3 * kLarge});
  EXPECT_EQ(tensor.narrow(0, 0, kLarge).sum().item<double>(), kLarge);
}

}  // namespace
}  // namespace nmsw
