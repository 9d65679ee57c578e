#include "results/catalog.h"

#include <algorithm>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/results/canned_store.h"

namespace nmsw::results::testing {
namespace {

TEST(Catalog, ListsTheNumbersOfPatchesInOrder) {
  TestStore store;
  store->add_tasks({evaluation("e", "nmsw", "auto,full,30,5")});
  for (const char* name : {"comparison", "top-k"}) {
    const QueryTable table = store->query(std::string(find_query(name).sql));
    const auto column = static_cast<size_t>(
        std::find(table.columns.begin(), table.columns.end(), "k") - table.columns.begin());
    std::vector<std::string> counts;
    for (const auto& row : table.rows) counts.push_back(std::get<std::string>(row.at(column)));
    EXPECT_THAT(counts, ::testing::ElementsAre("5", "30", "auto", "full")) << name;
  }
}

/// SQL has no order but the one that is asked for.
TEST(Catalog, SaysTheOrderOfEveryQuery) {
  for (const NamedQuery& query : query_catalog())
    EXPECT_THAT(std::string(query.sql), ::testing::HasSubstr("ORDER BY")) << query.name;
}

}  // namespace
}  // namespace nmsw::results::testing
