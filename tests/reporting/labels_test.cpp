#include "reporting/labels.h"

#include <algorithm>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace nmsw::reporting {
namespace {

TEST(Labels, PutTheNumbersOfPatchesInOrder) {
  std::vector<std::string> counts{"full", "30", "auto", "5"};
  std::sort(counts.begin(), counts.end(), k_before);
  EXPECT_THAT(counts, ::testing::ElementsAre("5", "30", "auto", "full"));
  EXPECT_TRUE(method_before(nmsw_key("30"), nmsw_key("auto")));
  EXPECT_TRUE(method_before(nmsw_key("auto"), nmsw_key("full")));
  EXPECT_FALSE(method_before(nmsw_key("full"), nmsw_key("auto")));
  EXPECT_EQ(method_label(nmsw_key("auto")), "NMSW (k=auto)");
}

}  // namespace
}  // namespace nmsw::reporting
