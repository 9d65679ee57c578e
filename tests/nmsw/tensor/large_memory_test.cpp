#include "nmsw/tensor/large_memory.h"

#include <gtest/gtest.h>

namespace nmsw {
namespace {

TEST(LargeEmpty, IsATensorOfItsOwn) {
  const Tensor first = large_empty({3, 5}), second = large_empty({3, 5});
  first.fill_(1);
  second.fill_(2);
  EXPECT_EQ(first.sizes(), (std::vector<int64_t>{3, 5}));
  EXPECT_EQ(first.scalar_type(), torch::kFloat);
  EXPECT_EQ(first.sum().item<double>(), 15);
}

TEST(LargeEmpty, TakesTheMemoryThatAnotherOneGaveBackWhereItIsLargeEnough) {
  constexpr int64_t kPage = (2 << 20) / sizeof(float);
  const void* freed = nullptr;
  {
    const Tensor tensor = large_empty({4, kPage});
    freed = tensor.data_ptr();
  }
  {
    const Tensor smaller = large_empty({3, kPage});
    EXPECT_EQ(smaller.data_ptr(), freed);
    const Tensor beside = large_empty({3, kPage});
    EXPECT_NE(beside.data_ptr(), freed);
  }
  const Tensor larger = large_empty({64, kPage});
  larger.fill_(1);
  EXPECT_EQ(larger[63][kPage - 1].item<float>(), 1);
}

TEST(VolumeEmpty, LiesAtTheStartOfALargePageFromACertainSizeOn) {
  constexpr uintptr_t kPageBytes = 2 << 20;
  const Tensor small = volume_empty({2, 3, 4}), large = volume_empty({1, 33, 1024, 1024});
  EXPECT_EQ(small.sizes(), (std::vector<int64_t>{2, 3, 4}));
  EXPECT_EQ(large.sizes(), (std::vector<int64_t>{1, 33, 1024, 1024}));
  EXPECT_EQ(reinterpret_cast<uintptr_t>(large.data_ptr()) % kPageBytes, 0U);
}

}  // namespace
}  // namespace nmsw
