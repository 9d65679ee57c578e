#include "reporting/report/report.h"

#include <algorithm>
#include <regex>
#include <set>

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "nmsw/base/atomic_file.h"
#include "nmsw/base/error.h"
#include "reporting/csv.h"
#include "reporting/report/catalog.h"
#include "tests/reporting/canned_database.h"
#include "tests/support/temporary_folder.h"

namespace nmsw::reporting {
namespace {

using nmsw::testing::TemporaryFolder;
using ::testing::HasSubstr;
using testing::make_canned_database;
using ::testing::StartsWith;

CsvRecord row_of(const std::vector<CsvRecord>& rows, const std::string& method) {
  for (const CsvRecord& row : rows) {
    if (row.at("method") == method) return row;
  }
  ADD_FAILURE() << "no row " << method;
  return {};
}

std::vector<CsvRecord> table_2(const TemporaryFolder& folder, const ReportOptions& options) {
  const results::ResultStore store = make_canned_database(folder / "r.sqlite");
  write_report(store, options);
  return parse_csv(read_file(options.out / "table2.csv"), "table2.csv");
}

ReportOptions options_in(const TemporaryFolder& folder) {
  ReportOptions options;
  options.out = folder / "report";
  return options;
}

TEST(Report, TakesNoDifferenceToThePaperOnPhantomsAndOtherMachines) {
  const TemporaryFolder folder;
  const auto rows = table_2(folder, options_in(folder));
  const CsvRecord sliding_window = row_of(rows, "SW (gold standard)");
  EXPECT_EQ(sliding_window.at("word_dsc"), "0.85");
  EXPECT_EQ(sliding_window.at("word_dsc_paper"), "0.852");
  EXPECT_EQ(sliding_window.at("word_dsc_difference"), "");
  EXPECT_EQ(sliding_window.at("word_nsd"), "0.9");
  EXPECT_EQ(sliding_window.at("cpu_s"), "120");
  EXPECT_EQ(sliding_window.at("cpu_s_difference"), "") << "Example CPU is no Xeon Gold";
  EXPECT_EQ(sliding_window.at("memory_gb"), "4");
  EXPECT_THAT(sliding_window.at("not_comparable"), StartsWith("word_dsc; word_nsd; "));
  EXPECT_THAT(sliding_window.at("not_comparable"), HasSubstr("cpu_s; memory_gb"));
  EXPECT_EQ(row_of(rows, "NMSW (k=30)").at("word_dsc"), "0.8");
}

TEST(Report, HasMacsAndParametersOfThePapersSizeWithoutARun) {
  const TemporaryFolder folder;
  for (const CsvRecord& row : table_2(folder, options_in(folder))) {
    EXPECT_NE(row.at("macs_paper_t"), "") << row.at("backbone") << row.at("method");
    if (row.at("macs_paper_t_paper") == "-") continue;
    const double paper = std::stod(row.at("macs_paper_t_paper"));
    EXPECT_NEAR(std::stod(row.at("macs_paper_t")), paper, 0.06 * paper)
        << row.at("backbone") << row.at("method");
    EXPECT_NE(row.at("macs_paper_t_difference"), "");
  }
}

TEST(Report, ShowsIncompleteCellsAsIncomplete) {
  const TemporaryFolder folder;
  const ReportOptions options = options_in(folder);
  const auto rows = table_2(folder, options);
  const CsvRecord zoom_out = row_of(rows, "Zoom-out");
  EXPECT_EQ(zoom_out.at("word_dsc"), "");
  EXPECT_EQ(zoom_out.at("word_dsc_paper"), "0.837");
  EXPECT_THAT(zoom_out.at("incomplete"),
              StartsWith("word_dsc: 1/2 cases; word_nsd: 1/2 cases; totalsegmentator_organ_dsc: "
                         "not run; "));
  EXPECT_THAT(row_of(rows, "RF (k=5)").at("incomplete"),
              StartsWith("word_dsc: 0/2 cases; word_nsd: 0/2 cases; "));
  const std::string markdown = read_file(options.out / "table2.md");
  EXPECT_NE(markdown.find("| UNet | Zoom-out | 1/2 cases | (0.837) | — |"), std::string::npos)
      << markdown;
}

TEST(Report, ShowsAllOfTable2AndWhatOfItWasNotRun) {
  const TemporaryFolder folder;
  const ReportOptions options = options_in(folder);
  const auto rows = table_2(folder, options);
  ASSERT_EQ(rows.size(), 21u);
  const CsvRecord& last = rows.back();
  EXPECT_EQ(last.at("backbone") + ", " + last.at("method"), "MedNeXt, NMSW (k=full)");
  for (const char* column : {"word_dsc", "word_nsd", "totalsegmentator_organ_dsc",
                             "totalsegmentator_organ_nsd", "totalsegmentator_vertebrae_dsc",
                             "totalsegmentator_vertebrae_nsd", "gpu_s", "cpu_s", "memory_gb"}) {
    EXPECT_EQ(last.at(column), "") << column;
    EXPECT_NE(last.at(std::string(column) + "_paper"), "") << column;
    EXPECT_THAT(last.at("incomplete"), HasSubstr(std::string(column) + ": not run"));
  }
  EXPECT_EQ(row_of(rows, "RF (k=30)").at("gpu_s_paper"), "-") << "as the paper prints it";
  EXPECT_THAT(read_file(options.out / "table2.md"),
              HasSubstr("| Swin-UNETR | RF (k=5) | not run | - | — |"));
}

TEST(Report, AveragesIncompleteCellsOnlyWhenAsked) {
  const TemporaryFolder folder;
  ReportOptions options = options_in(folder);
  options.partial = true;
  const CsvRecord zoom_out = row_of(table_2(folder, options), "Zoom-out");
  EXPECT_EQ(zoom_out.at("word_dsc"), "0.7");
  EXPECT_THAT(zoom_out.at("incomplete"), StartsWith("word_dsc: 1/2 cases; "));
  EXPECT_NE(read_file(options.out / "table2.md").find("0.700 (1/2 cases)"), std::string::npos);
}

TEST(Report, MarksTheBestAndStatesItsConventions) {
  const TemporaryFolder folder;
  const ReportOptions options = options_in(folder);
  table_2(folder, options);
  const std::string markdown = read_file(options.out / "table2.md");
  EXPECT_NE(markdown.find("| UNet | SW (gold standard) | **0.850** |"), std::string::npos)
      << markdown;
  EXPECT_NE(markdown.find("| UNet | NMSW (k=30) | <ins>0.800</ins> |"), std::string::npos)
      << markdown;
  for (const char* said : {"PHANTOM DATA: WORD (2 test cases)", "NSD tolerance: 2 mm",
                           "mean over classes", "policy monai", "original scan", "Seeds: 0", "thop",
                           "Example CPU", "480×480×480", "values in parentheses"}) {
    EXPECT_NE(markdown.find(said), std::string::npos) << said;
  }
}

TEST(Report, AgreesOnTheGapToTheSlidingWindow) {
  const TemporaryFolder folder;
  const ReportOptions options = options_in(folder);
  table_2(folder, options);
  const auto rows = parse_csv(read_file(options.out / "gap_to_sliding_window.csv"), "gap");
  const CsvRecord ranked = row_of(rows, "NMSW (k=30)");
  EXPECT_EQ(ranked.at("dsc_gap"), "-0.05");
  EXPECT_EQ(ranked.at("dsc_gap_paper"), "-0.007");
  EXPECT_EQ(ranked.at("macs_saved_paper"), "90.7");
  EXPECT_NEAR(std::stod(ranked.at("macs_saved_true")), 100 * (1 - 2.34 / 25.1), 1e-6);
}

TEST(Report, ListsTheScoresOfEveryClass) {
  const TemporaryFolder folder;
  const ReportOptions options = options_in(folder);
  table_2(folder, options);
  const auto rows = parse_csv(read_file(options.out / "classes_word.csv"), "classes");
  ASSERT_EQ(rows.size(), 3u);
  EXPECT_EQ(rows[1].at("class"), "spleen");
  EXPECT_EQ(rows[1].at("unet_sw__gold_standard__dsc"), "0.8");
  EXPECT_EQ(rows[2].at("unet_nmsw__k_5__dsc"), "0.7");
}

TEST(Report, IsOneHtmlPageThatLoadsNothing) {
  const TemporaryFolder folder;
  const ReportOptions options = options_in(folder);
  table_2(folder, options);
  const std::string html = read_file(options.out / "report.html");
  EXPECT_FALSE(std::regex_search(html, std::regex("(src|href)\\s*=\\s*[\"']\\s*(https?:)?//")));
  EXPECT_THAT(html, HasSubstr("content=\"default-src 'none'; "));
  for (const char* loads : {"<script src", "<link", "@import", "url(http", "fetch(", "XMLHttp"})
    EXPECT_EQ(html.find(loads), std::string::npos) << loads;
  EXPECT_THAT(html, HasSubstr("id=\"table2\""));
}

TEST(Report, LinksTheFilesThatLieBesideThePageAndNoOthers) {
  const TemporaryFolder folder;
  const results::ResultStore store = make_canned_database(folder / "r.sqlite");
  for (const std::vector<std::string>& formats :
       std::vector<std::vector<std::string>>{{"html"}, {"html", "csv", "tex", "md"}}) {
    ReportOptions options;
    options.out = folder / fmt::format("report{}", formats.size());
    options.formats = formats;
    write_report(store, options);
    const std::string html = read_file(options.out / "report.html");
    const std::regex link("href=\"([^#\"]+)\"");
    size_t tables = 0;
    for (std::sregex_iterator at(html.begin(), html.end(), link), end; at != end; ++at) {
      const std::string file = (*at)[1];
      EXPECT_TRUE(file.rfind("data:", 0) == 0 || std::filesystem::exists(options.out / file))
          << file;
      if (file.rfind("table2.", 0) == 0) ++tables;
    }
    EXPECT_EQ(tables, formats.size() - 1);
  }
}

TEST(Report, HasEveryIdOnce) {
  const TemporaryFolder folder;
  const ReportOptions options = options_in(folder);
  table_2(folder, options);
  const std::string html = read_file(options.out / "report.html");
  const std::regex id(" id=\"([^\"]+)\"");
  std::set<std::string> ids;
  for (std::sregex_iterator at(html.begin(), html.end(), id), end; at != end; ++at)
    EXPECT_TRUE(ids.insert((*at)[1]).second) << (*at)[1];
  EXPECT_GT(ids.size(), 20u);
}

TEST(Report, GivesTheSameBytesAgain) {
  const TemporaryFolder folder;
  const results::ResultStore store = make_canned_database(folder / "r.sqlite");
  ReportOptions first, second;
  first.out = folder / "first";
  second.out = folder / "second";
  const auto files = write_report(store, first);
  write_report(store, second);
  ASSERT_GT(files.size(), 10u);
  for (const auto& file : files) {
    EXPECT_TRUE(read_file(file) ==
                read_file(second.out / std::filesystem::relative(file, first.out)))
        << file;
  }
}

TEST(Report, NamesFailedTasks) {
  const TemporaryFolder folder;
  results::ResultStore store = make_canned_database(folder / "r.sqlite");
  const auto claim = store.claim("worker", 60, {"eval-rf"});
  ASSERT_EQ(store.fail(claim.value(), {}, "case b: label grid differs\nsecond line"),
            results::Written::stored);
  const ReportOptions options = options_in(folder);
  write_report(store, options);
  const auto rows = parse_csv(read_file(options.out / "incomplete.csv"), "incomplete.csv");
  ASSERT_EQ(rows.size(), 1u);
  EXPECT_EQ(rows[0].at("state"), "failed");
  EXPECT_EQ(rows[0].at("last_error"), "case b: label grid differs");
}

TEST(Report, SaysWhatToDoWhenTheDatabaseIsEmpty) {
  const TemporaryFolder folder;
  const results::ResultStore store = results::ResultStore::open(folder / "empty.sqlite");
  const ReportOptions options = options_in(folder);
  write_report(store, options);
  EXPECT_NE(read_file(options.out / "report.md").find("holds no experiment yet. Run one first"),
            std::string::npos);
}

TEST(Report, RefusesUnknownFormatsAndExperiments) {
  const TemporaryFolder folder;
  const results::ResultStore store = make_canned_database(folder / "r.sqlite");
  ReportOptions options = options_in(folder);
  options.formats = {"pdf"};
  EXPECT_THROW(write_report(store, options), ConfigError);
  options.formats = {"md"};
  options.experiment = "nothing";
  EXPECT_THROW(write_report(store, options), ConfigError);
}

TEST(SectionCatalog, EverySectionSpeaksOfAnEmptyDatabase) {
  const TemporaryFolder folder;
  const results::ResultStore store = results::ResultStore::open(folder / "empty.sqlite");
  for (const SectionEntry& entry : section_catalog()) {
    const Section section = entry.build({store, {}, false});
    EXPECT_EQ(section.id, entry.name);
    EXPECT_TRUE(section.tables.empty());
    EXPECT_GT(section.empty_message.size(), 10u) << entry.name;
  }
}

}  // namespace
}  // namespace nmsw::reporting
