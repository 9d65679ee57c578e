#include "runners/planning/forecast/cuda_presence.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "runners/planning/plan/plan.h"

namespace nmsw::runners {
namespace {

using ::testing::HasSubstr;

TEST(CudaPresence, NeedsTheBuildTheDriverAndAVisibleDevice) {
  EXPECT_TRUE((CudaPresence{true, true, {}}).usable());
  EXPECT_TRUE((CudaPresence{true, true, "1,0"}).usable());
  EXPECT_THAT((CudaPresence{false, true, {}}).obstacle(), HasSubstr("for CPUs"));
  EXPECT_THAT((CudaPresence{true, false, {}}).obstacle(), HasSubstr("driver"));
  EXPECT_THAT((CudaPresence{true, true, ""}).obstacle(), HasSubstr("CUDA_VISIBLE_DEVICES"));
  EXPECT_FALSE((CudaPresence{true, true, "-1"}).usable());
}

TEST(CudaPresence, IsWhatPlanningGoesBy) {
  EXPECT_EQ(plan_options_of_machine().has_cuda, cuda_presence().usable());
}

}  // namespace
}  // namespace nmsw::runners
