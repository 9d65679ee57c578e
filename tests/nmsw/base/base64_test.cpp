#include "nmsw/base/base64.h"

#include <gtest/gtest.h>

namespace nmsw {
namespace {

TEST(Base64, IsWhatRfc4648Gives) {
  const std::vector<std::pair<std::string, std::string>> vectors{{"", ""},
                                                                 {"f", "Zg=="},
                                                                 {"fo", "Zm8="},
                                                                 {"foo", "Zm9v"},
                                                                 {"foob", "Zm9vYg=="},
                                                                 {"fooba", "Zm9vYmE="},
                                                                 {"foobar", "Zm9vYmFy"}};
  for (const auto& [bytes, text] : vectors) EXPECT_EQ(base64(bytes), text);
  EXPECT_EQ(base64(std::string("\xfb\xff\0", 3)), "+/8A");
}

}  // namespace
}  // namespace nmsw
