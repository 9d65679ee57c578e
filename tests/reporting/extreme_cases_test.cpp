#include "reporting/extreme_cases.h"

#include <set>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "nmsw/base/atomic_file.h"
#include "reporting/page_text.h"
#include "reporting/render.h"
#include "reporting/sections/sections.h"
#include "tests/reporting/score_database.h"

namespace nmsw::reporting {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;
using testing::ScoreDatabase;
using testing::word_unet;

/// The mean over two classes of case i is 0.5, but for the worst and the best one.
ScoreDatabase::Scores with_extremes(int worst, int best) {
  return
      [=](int i, int c) { return (c == 1 ? 0.4 : 0.6) + (i == best) * 0.2 - (i == worst) * 0.3; };
}

TEST(ExtremeCases, AreOfTheLargestKAndTheMeanOverClassesAndSeeds) {
  ScoreDatabase database(6, 2);
  database.evaluate(word_unet("nmsw", "5"), with_extremes(1, 2));
  database.evaluate(word_unet("nmsw", "30"), with_extremes(3, 4));
  // Over both seeds case 3 is worse than case 5, and 4 better than 0.
  database.evaluate(word_unet("sliding_window"), with_extremes(3, 4), 0);
  database.evaluate(
      word_unet("sliding_window"), [](int i, int) { return i == 5   ? 0.45
                                                           : i == 0 ? 0.6
                                                                    : 0.5; },
      1);
  database.evaluate(word_unet("nmsw", "30", "on", "order=entropy"), with_extremes(0, 5));
  const std::vector<ExtremeCases> all = extreme_cases(database.store(), {"made"});
  ASSERT_EQ(all.size(), 2u) << "no variants";
  EXPECT_EQ(all[0].key.method, "sliding_window");
  EXPECT_NEAR(all[0].worst_dsc, (0.2 + 0.5) / 2, 1e-9);
  EXPECT_NEAR(all[0].best_dsc, (0.7 + 0.5) / 2, 1e-9);
  EXPECT_EQ(all[1].key.k, "30");
  EXPECT_NEAR(all[1].worst_dsc, 0.2, 1e-9);
  EXPECT_NEAR(all[1].best_dsc, 0.7, 1e-9);
  EXPECT_EQ(all[1].cases, 6);
  EXPECT_EQ(all[1].worst_id, all[0].worst_id);
  EXPECT_EQ(all[1].best_id, all[0].best_id);
  EXPECT_NE(all[1].best_id, all[1].worst_id);
}

TEST(ExtremeCases, ShowEveryMethodsWorstCaseBeforeAnyBestOneAndEachOnce) {
  const ExtremeCases first{"e", "d", "unet", {"sliding_window", "", "on", ""}, 9, "a", "b", 0, 1};
  const ExtremeCases second{"e", "d", "unet", {"nmsw", "5", "on", ""}, 9, "c", "a", 0, 1};
  const ExtremeCases other{"e", "d", "mednext", {"nmsw", "5", "on", ""}, 9, "c", "a", 0, 1};
  std::vector<std::string> shown;
  std::set<std::string> names;
  for (const ShownCase& one : shown_cases({first, second, other}, 2)) {
    shown.push_back(one.backbone + ' ' + one.case_id);
    names.insert(case_page_name(one));
  }
  EXPECT_EQ(shown, (std::vector<std::string>{"unet a", "unet c", "mednext c", "mednext a"}));
  EXPECT_EQ(names.size(), 4u);
  EXPECT_EQ(shown_cases({first, second}, 9).size(), 3u);
}

TEST(ExtremeCases, AreLinkedWhereTheirPageIsThere) {
  ScoreDatabase database;
  database.evaluate(word_unet("sliding_window"), with_extremes(1, 2));
  const ExtremeCases row = extreme_cases(database.store(), {"made"}).at(0);
  const nmsw::testing::TemporaryFolder folder;
  SectionInput input{database.store(), {"made"}, false, folder.path()};
  const auto html = [&] { return render_html(extreme_cases_section(input).tables.at(0)); };
  EXPECT_THAT(html(), Not(HasSubstr("<a ")));
  const std::string name = case_page_name({"made", row.dataset, row.backbone, row.worst_id});
  std::filesystem::create_directories(folder / "cases");
  write_text_atomically(folder / ("cases/" + name), "page");
  EXPECT_THAT(html(), HasSubstr("<a href=\"cases/" + url_path(name) + "\">" + row.worst_id + "<"));
  EXPECT_THAT(render_markdown(extreme_cases_section(input).tables.at(0)),
              HasSubstr("](cases/" + url_path(name) + ")"));
}

TEST(UrlPath, EscapesWhatMeansSomethingInAnAddress) {
  EXPECT_EQ(url_path("cases/a b#1?%\"<\xc3\xa9.html"), "cases/a%20b%231%3F%25%22%3C%C3%A9.html");
}

}  // namespace
}  // namespace nmsw::reporting
