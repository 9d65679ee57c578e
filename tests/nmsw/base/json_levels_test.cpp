#include "nmsw/base/json_levels.h"

#include <gtest/gtest.h>

#include <string>

namespace nmsw {
namespace {

TEST(JsonLevels, CountsArraysAndObjectsOutsideOfStrings) {
  EXPECT_EQ(json_levels(""), 0U);
  EXPECT_EQ(json_levels("3"), 0U);
  EXPECT_EQ(json_levels("[]"), 1U);
  EXPECT_EQ(json_levels(R"({"a": [1, {"b": []}], "c": {}})"), 4U);
  EXPECT_EQ(json_levels("[[], [], [[]]]"), 3U);
  EXPECT_EQ(json_levels(R"({"[[[": "]]{{\"[[\\"})"), 1U);
  EXPECT_EQ(json_levels(R"(["\\", [["\\\""]]])"), 3U);
}

TEST(JsonLevels, TakesWhatIsNoJson) {
  EXPECT_EQ(json_levels("]]}}["), 1U);
  EXPECT_EQ(json_levels("\"[[\\"), 0U);
  EXPECT_EQ(json_levels(std::string(300'000, '{')), 300'000U);
}

}  // namespace
}  // namespace nmsw
