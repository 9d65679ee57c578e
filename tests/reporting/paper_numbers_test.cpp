#include "reporting/paper_numbers.h"

#include <gtest/gtest.h>

#include "nmsw/base/error.h"
#include "reporting/reference.h"

namespace nmsw::reporting {
namespace {

MethodKey plain(const std::string& method, const std::string& k) { return {method, k, "on", ""}; }

TEST(PaperNumbers, HoldTable2AsPrinted) {
  EXPECT_EQ(paper_value("unet", plain("sliding_window", ""), "word", "dsc"), "0.852");
  EXPECT_EQ(paper_value("unet", plain("nmsw", "30"), "totalsegmentator_organ", "nsd"), "0.902");
  EXPECT_EQ(paper_value("swin_unetr", plain("random_foreground", "5"), "totalsegmentator_vertebrae",
                        "dsc"),
            "0.652");
  EXPECT_EQ(paper_value("mednext", plain("nmsw", "full"), "", "cpu_s"), "2152");
  EXPECT_EQ(paper_value("mednext", plain("sliding_window", ""), "", "macs_paper_t"), "88.0");
  EXPECT_EQ(paper_value("swin_unetr", plain("zoom_out", ""), "", "gpu_s"), "8.71");
  EXPECT_EQ(paper_value("unet", plain("nmsw", "full"), "", "memory_gb"), "15.8");
}

TEST(PaperNumbers, AreAbsentWhereThePaperPrintsNone) {
  EXPECT_EQ(paper_value("unet", plain("random_foreground", "5"), "", "gpu_s"), "");
  EXPECT_EQ(paper_value("unet", plain("nmsw", "10"), "word", "dsc"), "");
  EXPECT_EQ(paper_value("unet", {"nmsw", "30", "off", ""}, "word", "dsc"), "");
  EXPECT_EQ(paper_value("unet", plain("sliding_window", ""), "hippocampus", "dsc"), "");
}

TEST(PaperNumbers, ListTheSevenRowsOfABackboneInOrder) {
  const std::vector<MethodKey> rows = paper_methods("mednext");
  ASSERT_EQ(rows.size(), 7u);
  EXPECT_EQ(rows.front().method, "sliding_window");
  EXPECT_EQ(rows.back().k, "full");
}

TEST(PaperNumbers, NameTheBackbonesAndDatasetsOfTable2InOrder) {
  EXPECT_EQ(paper_backbones(), (std::vector<std::string>{"unet", "swin_unetr", "mednext"}));
  EXPECT_EQ(paper_datasets(), (std::vector<std::string>{"word", "totalsegmentator_organ",
                                                        "totalsegmentator_vertebrae"}));
}

TEST(PaperNumbers, HoldEveryNumberOfBothTables) {
  int table_1 = 0, table_2 = 0;
  for (const CsvRecord& record : parse_csv(reference_csv("paper"), "paper.csv")) {
    EXPECT_FALSE(record.at("row").empty());
    table_1 += record.at("table") == "Table 1";
    table_2 += record.at("table") == "Table 2";
  }
  // 21 rows of 6 scores; GPU, CPU, MACs for 15 of them; parameters and memory for 2 a backbone.
  EXPECT_EQ(table_1, 9);
  EXPECT_EQ(table_2, 21 * 6 + 15 * 3 + 3 * 2 * 2);
}

TEST(PaperNumbers, HoldTheAblationBars) {
  EXPECT_EQ(paper_ablation_value("unet", {"nmsw", "10", "off", ""}, "totalsegmentator_organ"),
            "0.860");
  EXPECT_EQ(paper_ablation_value("mednext", plain("random_foreground", "50"), "word"), "0.850");
  EXPECT_EQ(paper_ablation_value("swin_unetr", plain("random_foreground", "1"), "word"), "")
      << "below the axis";
  EXPECT_EQ(paper_ablation_counts(),
            (std::vector<std::string>{"1", "3", "5", "10", "30", "50", "full"}));
}

TEST(Csv, ReadsQuotedFieldsAndLineBreaks) {
  const auto records = parse_csv("a,b\r\n\"x, \"\"y\"\"\",\"1\n2\"\n", "test.csv");
  ASSERT_EQ(records.size(), 1u);
  EXPECT_EQ(records[0].at("a"), "x, \"y\"");
  EXPECT_EQ(records[0].at("b"), "1\n2");
}

TEST(Csv, RefusesALineThatDoesNotFitTheHeader) {
  EXPECT_THROW(parse_csv("a,b\n1\n", "test.csv"), DataError);
}

}  // namespace
}  // namespace nmsw::reporting
