#include "tests/runners/built_program.h"

namespace nmsw::runners {
namespace {

namespace fs = std::filesystem;

std::string tiny() { return (testing::source_folder() / "tests/faults/tiny.yaml").string(); }

std::vector<fs::path> pages_in(const fs::path& folder) {
  std::vector<fs::path> pages;
  for (const auto& entry : fs::directory_iterator(folder)) pages.push_back(entry.path());
  std::sort(pages.begin(), pages.end());
  return pages;
}

TEST(CasePages, ShowEveryMethodAndAreLinkedFromTheReport) {
  const testing::TemporaryFolder folder;
  Outcome outcome = run_program_in(folder.path(), "run '" + tiny() + "' --db r.sqlite --quiet");
  ASSERT_EQ(outcome.code, 0) << outcome.err;
  const std::string words = "report --db r.sqlite --out report --format md,html --cases 2";
  outcome = run_program_in(folder.path(), words);
  ASSERT_EQ(outcome.code, 0) << outcome.err;
  const std::vector<fs::path> pages = pages_in(folder / "report/cases");
  ASSERT_EQ(pages.size(), 2u) << "two test cases";
  const std::string report = read_file(folder / "report/report.html");
  for (const fs::path& page : pages) {
    const std::string text = read_file(page);
    for (const char* method : {"SW (gold standard)", "RF (k=2)", "NMSW (k=full)"})
      EXPECT_NE(text.find(method), std::string::npos) << method;
    EXPECT_NE(report.find("\"cases/" + page.filename().string() + '"'), std::string::npos);
  }
  // The same database gives the same pages.
  const std::string first = sha256_file(pages.front());
  ASSERT_EQ(run_program_in(folder.path(), words).code, 0);
  EXPECT_EQ(sha256_file(pages.front()), first);
}

TEST(CasePages, SayWhichWeightsAreGoneAndShowTheRest) {
  const testing::TemporaryFolder folder;
  ASSERT_EQ(run_program_in(folder.path(), "run '" + tiny() + "' --db r.sqlite --quiet").code, 0);
  for (const auto& entry : fs::recursive_directory_iterator(folder / "results/runs")) {
    if (entry.path().extension() == ".safetensors") fs::remove(entry.path());
  }
  const Outcome outcome =
      run_program_in(folder.path(), "report --db r.sqlite --out report --format html --cases 1");
  EXPECT_EQ(outcome.code, 0) << outcome.err;
  EXPECT_NE(outcome.err.find("is not shown"), std::string::npos) << outcome.err;
  EXPECT_NE(outcome.err.find("model.safetensors"), std::string::npos) << outcome.err;
  EXPECT_TRUE(fs::exists(folder / "report/report.html"));
}

/// What is shown black and white covers the prepared intensities: a z-score is no share.
TEST(CasePages, ShowTheRangeOfAFixedZScore) {
  const testing::TemporaryFolder folder;
  const std::string rule =
      " --set dataset_settings.word.preprocessing.intensity=clipped_zscore --set "
      "dataset_settings.word.preprocessing.mean_and_deviation=[0,100]";
  Outcome outcome = run_program_in(
      folder.path(),
      "run '" + tiny() + "' --db r.sqlite --quiet --only method=sliding_window" + rule);
  ASSERT_EQ(outcome.code, 0) << outcome.err;
  outcome =
      run_program_in(folder.path(), "report --db r.sqlite --out report --format html --cases 1");
  ASSERT_EQ(outcome.code, 0) << outcome.err;
  const std::string page = read_file(pages_in(folder / "report/cases").at(0));
  const std::string key = "\"window\":[";
  const size_t place = page.find(key);
  ASSERT_NE(place, std::string::npos);
  EXPECT_LT(std::atof(page.c_str() + place + key.size()), -1) << "air lies below the mean";
}

}  // namespace
}  // namespace nmsw::runners
