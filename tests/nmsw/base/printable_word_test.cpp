#include "nmsw/base/plain_text.h"

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

namespace nmsw {
namespace {

TEST(Printable, KeepsUtf8AndEscapesTheRest) {
  EXPECT_EQ(printable_word("Müller 頭 😀"), "Müller 頭 😀");
  EXPECT_EQ(printable_word("M\xfcller"), "M\\xfcller") << "Latin-1";
  EXPECT_EQ(printable_word("a\x1b[2J\nb\x7f"), "a\\x1b[2J\\x0ab\\x7f") << "terminals obey these";
  EXPECT_EQ(printable_word("\xc2\x9b"), "\\xc2\\x9b") << "CSI in one character";
  EXPECT_EQ(printable_word("\xc0\xaf"), "\\xc0\\xaf") << "overlong";
  EXPECT_EQ(printable_word("\xed\xa0\x80"), "\\xed\\xa0\\x80") << "a surrogate";
  EXPECT_EQ(printable_word("\xf4\x90\x80\x80"), "\\xf4\\x90\\x80\\x80") << "above U+10FFFF";
  EXPECT_EQ(printable_word("\xe9\xa0"), "\\xe9\\xa0") << "cut";
  EXPECT_EQ(printable_word(std::string("\0x", 2)), "\\x00x");
  EXPECT_EQ(printable_word(""), "");
}

TEST(Printable, GivesJsonForEveryPairOfBytes) {
  for (int first = 0; first < 256; ++first) {
    for (int second = 0; second < 256; ++second) {
      const std::string text{static_cast<char>(first), static_cast<char>(second), 'x'};
      ASSERT_NO_THROW(nlohmann::json(printable_word(text)).dump()) << first << ' ' << second;
    }
  }
}

}  // namespace
}  // namespace nmsw
