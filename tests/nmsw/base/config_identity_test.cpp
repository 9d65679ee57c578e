#include "nmsw/base/config_identity.h"

#include <gtest/gtest.h>

namespace nmsw {
namespace {

/// A configuration as it was, and as it is after fields have been added to it and to what it holds.
struct ItemBefore {
  int64_t size = 1;
};
template <class Visitor>
void visit_fields(ItemBefore& c, Visitor& v) {
  v.field("size", c.size, positive, "how large");
}
struct Before {
  int64_t count = 3;
  double share = 0.5;
  std::optional<double> limit;
  ItemBefore item;
  std::vector<ItemBefore> list;
  std::optional<ItemBefore> maybe;
};
template <class Visitor>
void visit_fields(Before& c, Visitor& v) {
  v.field("count", c.count, "how many");
  v.field("share", c.share, ratio, "which share");
  v.field("limit", c.limit, "at most");
  v.field("item", c.item, "one");
  v.field("list", c.list, "several");
  v.field("maybe", c.maybe, "one or none");
}

struct ItemAfter {
  int64_t size = 1;
  std::string colour = "none";
};
template <class Visitor>
void visit_fields(ItemAfter& c, Visitor& v) {
  v.field("colour", c.colour, "new, and in front");
  v.field("size", c.size, positive, "how large");
}
struct After {
  int64_t count = 3;
  double share = 0.5;
  std::optional<double> limit;
  ItemAfter item;
  std::vector<ItemAfter> list;
  std::optional<ItemAfter> maybe;
  bool extra = false;
  std::vector<int64_t> more{1, 2};
};
template <class Visitor>
void visit_fields(After& c, Visitor& v) {
  v.field("extra", c.extra, "new");
  v.field("more", c.more, "new");
  v.field("maybe", c.maybe, "one or none");
  v.field("list", c.list, "several");
  v.field("item", c.item, "one");
  v.field("limit", c.limit, "at most");
  v.field("share", c.share, ratio, "which share");
  v.field("count", c.count, "how many");
}

template <class Config, class Item>
Config filled() {
  Config config;
  config.count = 4;
  config.limit = 0.25;
  config.item.size = 7;
  config.list.resize(2);
  config.list[1].size = 5;
  config.maybe = Item{};
  return config;
}

std::string text(const nlohmann::json& json) { return json.dump(); }

TEST(ConfigIdentity, LeavesDefaultsOut) {
  EXPECT_EQ(text(identity_value(Before{})), "{}");
  Before config;
  config.share = 0.25;
  EXPECT_EQ(text(identity_value(config)), R"({"share":0.25})");
}

TEST(ConfigIdentity, StaysWhenFieldsAreAddedAndOrderedAnew) {
  EXPECT_EQ(text(identity_value(After{})), text(identity_value(Before{})));
  const auto before = identity_value(filled<Before, ItemBefore>());
  EXPECT_EQ(text(identity_value(filled<After, ItemAfter>())), text(before));
  EXPECT_EQ(text(before),
            R"({"count":4,"item":{"size":7},"limit":0.25,"list":[{},{"size":5}],"maybe":{}})");
}

TEST(ConfigIdentity, ChangesWithEveryFieldThatLeavesItsDefault) {
  std::vector<After> others(9);
  others[0].count = 4;
  others[1].share = 0.75;
  others[2].limit = 0.5;
  others[3].item.size = 2;
  others[4].item.colour = "red";
  others[5].list.resize(1);
  others[6].maybe = ItemAfter{};
  others[7].extra = true;
  others[8].more = {2, 1};
  std::vector<std::string> seen{"{}"};
  for (const After& other : others) {
    seen.push_back(text(identity_value(other)));
    for (size_t i = 0; i + 1 < seen.size(); ++i) EXPECT_NE(seen[i], seen.back());
  }
}

TEST(ConfigIdentity, TellsAnEmptyListOrTextFromADefaultThatIsNone) {
  After config;
  config.more.clear();
  config.item.colour.clear();
  EXPECT_EQ(text(identity_value(config)), R"({"item":{"colour":""},"more":[]})");
}

}  // namespace
}  // namespace nmsw
