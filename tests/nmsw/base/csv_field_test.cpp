#include "nmsw/base/csv_field.h"

#include <gtest/gtest.h>

namespace nmsw {
namespace {

TEST(CsvField, QuotesWhatWouldEndIt) {
  EXPECT_EQ(csv_field("liver"), "liver");
  EXPECT_EQ(csv_field("liver, \"left\" lobe"), "\"liver, \"\"left\"\" lobe\"");
  EXPECT_EQ(csv_field("a\nb"), "\"a\nb\"");
  EXPECT_EQ(csv_field(""), "");
}

TEST(CsvField, MakesFormulasInert) {
  for (const char* text :
       {"=1+1|x", "@SUM(A1)", "+cmd|' /C calc'!A0", "-A1", "=1", "-e", "+inf", "-1+A1", "\tx"})
    EXPECT_EQ(csv_field(text), std::string("'") + text);
  EXPECT_EQ(csv_field("=HYPERLINK(\"x\",1)"), "\"'=HYPERLINK(\"\"x\"\",1)\"");
  EXPECT_EQ(csv_field("\rx"), "\"'\rx\"");
}

TEST(CsvField, LeavesNumbersNumbers) {
  for (const char* text : {"-1", "+0.5", "-1.5e-07", "-", "+12 %", "a=1", "1-2"})
    EXPECT_EQ(csv_field(text), text);
  EXPECT_EQ(csv_field("+0.052 [+0.047, +0.057]"), "\"+0.052 [+0.047, +0.057]\"");
}

}  // namespace
}  // namespace nmsw
