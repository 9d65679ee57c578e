#include "results/query_format.h"

#include <gtest/gtest.h>

#include "nmsw/base/error.h"

namespace nmsw::results {
namespace {

QueryTable sample() {
  return {{"name", "n", "dsc"},
          {{std::string("a,\"b\""), int64_t{12}, 0.1},
           {std::string("x|y\nz"), std::monostate{}, 2.0 / 3}}};
}

TEST(QueryFormat, CsvQuotesAndLeavesNullEmpty) {
  EXPECT_EQ(format_query(sample(), QueryFormat::csv),
            "name,n,dsc\n\"a,\"\"b\"\"\",12,0.1\n\"x|y\nz\",,0.6666666666666666\n");
}

TEST(QueryFormat, JsonIsAnArrayOfObjectsInColumnOrder) {
  EXPECT_EQ(format_query({{"b", "a"}, {{int64_t{1}, std::monostate{}}}}, QueryFormat::json),
            "[\n  {\n    \"b\": 1,\n    \"a\": null\n  }\n]\n");
  EXPECT_EQ(format_query({{"b"}, {}}, QueryFormat::json), "[]\n");
}

TEST(QueryFormat, MarkdownEscapesBarsAndAlignsNumbersRight) {
  EXPECT_EQ(format_query(sample(), QueryFormat::markdown),
            "| name   |   n |      dsc |\n"
            "| ------ | --: | -------: |\n"
            "| a,\"b\"  |  12 |      0.1 |\n"
            "| x\\|y z |   - | 0.666667 |\n");
}

TEST(QueryFormat, NamesAreNoFormulasAndNoLinks) {
  const QueryTable table{{"=name", "n"},
                         {{std::string("=1+1|x"), -0.5},
                          {std::string("@SUM(A1)"), int64_t{-3}},
                          {std::string("[x](javascript:alert(3))<b>"), std::monostate{}}}};
  EXPECT_EQ(format_query(table, QueryFormat::csv),
            "'=name,n\n'=1+1|x,-0.5\n'@SUM(A1),-3\n[x](javascript:alert(3))<b>,\n");
  const std::string markdown = format_query(table, QueryFormat::markdown);
  EXPECT_NE(markdown.find("[x\\](javascript:alert(3))&lt;b>"), std::string::npos) << markdown;
}

TEST(QueryFormat, PlainTableIsAligned) {
  EXPECT_EQ(format_query(sample(), QueryFormat::table),
            "name     n       dsc\n"
            "-----  ---  --------\n"
            "a,\"b\"   12       0.1\n"
            "x|y z    -  0.666667\n");
}

TEST(QueryFormat, AccentsDoNotBreakTheColumns) {
  EXPECT_EQ(
      format_query({{"c"}, {{std::string("féé")}, {std::string("abcd")}}}, QueryFormat::table),
      "c\n----\nféé\nabcd\n");
}

TEST(QueryFormat, NamesAreParsed) {
  EXPECT_EQ(parse_query_format("md"), QueryFormat::markdown);
  EXPECT_EQ(parse_query_format("csv"), QueryFormat::csv);
  EXPECT_THROW(parse_query_format("xml"), ConfigError);
}

}  // namespace
}  // namespace nmsw::results
