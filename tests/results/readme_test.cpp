#include <sstream>

#include <gtest/gtest.h>

#include "nmsw/base/atomic_file.h"
#include "tests/results/canned_store.h"
#include "tests/support/build_paths.h"

namespace nmsw::results::testing {
namespace {

TEST(ResultsReadme, EverySelectRuns) {
  TestStore store;
  const std::string text = read_file(nmsw::testing::source_folder() / "results" / "README.md");
  const size_t start = text.find("```sql\n") + 7;
  std::istringstream lines(text.substr(start, text.find("```", start) - start));
  int selects = 0;
  for (std::string line; std::getline(lines, line); ++selects)
    EXPECT_NO_THROW(store->query(line)) << line;
  EXPECT_EQ(selects, 10);
}

}  // namespace
}  // namespace nmsw::results::testing
