#include "nmsw/base/plain_text.h"

#include <gmock/gmock.h>

namespace nmsw {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::Optional;

TEST(PlainText, TakesEveryFormOfUtf8) {
  for (const char* text : {"", "plain\n\ttext", "\xc3\xbc", "\xe2\x88\x92", "\xf0\x9f\xab\x80",
                           "\xef\xbb\xbf with a mark", "\xed\x9f\xbf", "\xf4\x8f\xbf\xbf"})
    EXPECT_FALSE(utf8_fault(text)) << text;
}

TEST(PlainText, NamesTheByteThatIsNoUtf8) {
  EXPECT_EQ(*utf8_fault("a: 1\nb: M\xfcller\n"),
            "2:5: byte 0xfc at offset 9 is not UTF-8; save the file as UTF-8");
  for (const char* text : {"\x80", "\xc3", "\xc3(", "\xc0\xaf", "\xe0\x80\xaf", "\xed\xa0\x80",
                           "\xf0\x80\x80\xaf", "\xf4\x90\x80\x80", "\xf5\x80\x80\x80", "\xe2\x88"})
    EXPECT_THAT(utf8_fault(text), Optional(HasSubstr("1:1: byte"))) << text;
  EXPECT_THAT(utf8_fault("\xff\xfe"
                         "a"),
              Optional(HasSubstr("UTF-16?")));
  EXPECT_THAT(utf8_fault(std::string_view("a\0b", 3)),
              Optional(AllOf(HasSubstr("1:2: byte 0x00"), HasSubstr("UTF-16?"))));
}

TEST(PlainText, IsPrintableWithBytesInHexadecimal) {
  EXPECT_EQ(printable("M\xfcller \xc3\xbc\n\t\x1b[31m\x7f"),
            "M\\xfcller \xc3\xbc\n\t\\x1b[31m\\x7f");
  EXPECT_EQ(printable(std::string_view("\0", 1)), "\\x00");
}

TEST(PlainText, NamesOfCasesAreFileNames) {
  for (const char* name :
       {"c1", "liver, left", "a..b", "..a", "M\xc3\xbcller", "=1+1", "-a", "a\\b"})
    EXPECT_FALSE(name_fault(name)) << name;
  for (const char* name :
       {"", ".", "..", "/", "a/b", "../a", "/nowhere", "a\nb", "\x1b[31m", "\x7f", "M\xfcller"})
    EXPECT_TRUE(name_fault(name)) << name;
  EXPECT_FALSE(name_fault(std::string(200, 'a')));
  EXPECT_TRUE(name_fault(std::string(201, 'a')));
}

}  // namespace
}  // namespace nmsw
