#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "nmsw/base/config_fields.h"

namespace nmsw {
enum class Colour { red, blue };
template <>
struct EnumNames<Colour> {
  static constexpr std::array<std::pair<Colour, const char*>, 2> values{
      {{Colour::red, "red"}, {Colour::blue, "blue"}}};
};

struct Inner {
  std::vector<int64_t> widths{1, 2};
  double share = 0.5;
  std::optional<double> limit;
};
template <class Visitor>
void visit_fields(Inner& config, Visitor& v) {
  v.field("widths", config.widths, positive, "widths");
  v.field("share", config.share, ratio, "a share");
  v.field("limit", config.limit, "a limit");
}

struct Outer {
  Inner inner;
  Colour colour = Colour::red;
};
template <class Visitor>
void visit_fields(Outer& config, Visitor& v) {
  v.field("inner", config.inner, "inner part");
  v.field("colour", config.colour, "a colour");
}

namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;

std::string fault_of(const std::string& yaml) {
  try {
    read_config<Outer>(ConfigNode::parse(yaml, "demo.yaml"));
  } catch (const ConfigError& fault) {
    return fault.what();
  }
  return "no fault";
}

TEST(ConfigFields, ReadsNestedValuesAndKeepsDefaults) {
  const auto config = read_config<Outer>(
      ConfigNode::parse("inner: {widths: [3, 4, 5]}\ncolour: blue\n", "demo.yaml"));
  EXPECT_EQ(config.inner.widths, (std::vector<int64_t>{3, 4, 5}));
  EXPECT_EQ(config.inner.share, 0.5);
  EXPECT_EQ(config.colour, Colour::blue);
  EXPECT_FALSE(config.inner.limit.has_value());
}

TEST(ConfigFields, CanonicalTextReadsBackToItself) {
  const auto config = read_config<Outer>(ConfigNode::parse("inner: {limit: 2.5}", "demo.yaml"));
  const auto again = read_config<Outer>(ConfigNode::parse(canonical_text(config), "canonical"));
  EXPECT_EQ(canonical_text(again), canonical_text(config));
  EXPECT_EQ(*again.inner.limit, 2.5);
}

struct Named {
  std::map<std::string, double> lengths_mm{{"left", 1}};
};
template <class Visitor>
void visit_fields(Named& config, Visitor& v) {
  v.field("lengths_mm", config.lengths_mm, positive, "lengths by name");
}

TEST(ConfigFields, ReadsAMapByNameAndKeepsWhatItDoesNotName) {
  const auto read = [](const std::string& yaml) {
    return read_config<Named>(ConfigNode::parse(yaml, "demo.yaml"));
  };
  EXPECT_EQ(read("{}").lengths_mm, (std::map<std::string, double>{{"left", 1}}));
  EXPECT_EQ(read("lengths_mm:\n").lengths_mm, (std::map<std::string, double>{{"left", 1}}));
  const Named two = read("lengths_mm: {right: 2.5}");
  EXPECT_EQ(two.lengths_mm, (std::map<std::string, double>{{"left", 1}, {"right", 2.5}}));
  EXPECT_EQ(canonical_text(two), R"({"lengths_mm":{"left":1.0,"right":2.5}})");
  EXPECT_EQ(read(canonical_text(two)).lengths_mm, two.lengths_mm);
  EXPECT_EQ(read("lengths_mm: {left: 4}").lengths_mm.at("left"), 4);
}

TEST(ConfigFields, ChecksEveryValueOfAMapWhereItStands) {
  const auto fault = [](const std::string& yaml) -> std::string {
    try {
      read_config<Named>(ConfigNode::parse(yaml, "demo.yaml"));
    } catch (const ConfigError& error) {
      return error.what();
    }
    return "no fault";
  };
  EXPECT_THAT(fault("lengths_mm:\n  right: 1\n  left: 0\n"),
              AllOf(HasSubstr("demo.yaml:3:"), HasSubstr("lengths_mm.left: must be above 0")));
  EXPECT_THAT(fault("lengths_mm:\n  right: long\n"),
              AllOf(HasSubstr("demo.yaml:2:"), HasSubstr("expected a number, found 'long'")));
  EXPECT_THAT(fault("lengths_mm: [1]"), HasSubstr("expected keys with values"));
  EXPECT_THAT(fault("lengths_mm: {left: 1, left: 2}"), HasSubstr("given twice"));
}

TEST(ConfigFields, NamesThePlaceOfATypoAndGuessesTheKey) {
  EXPECT_THAT(fault_of("inner:\n  widhts: [1]\n"),
              AllOf(HasSubstr("demo.yaml:2:"), HasSubstr("inner.widhts"),
                    HasSubstr("did you mean 'widths'?")));
}

TEST(ConfigFields, RefusesDuplicateKeysThatYamlCppKeeps) {
  EXPECT_THAT(fault_of("colour: red\ncolour: blue\n"),
              AllOf(HasSubstr("demo.yaml:2:1"), HasSubstr("given twice")));
}

TEST(ConfigFields, RefusesWrongTypesRangesAndNames) {
  EXPECT_THAT(fault_of("inner: {share: 1.5}"), HasSubstr("must lie in 0..1"));
  EXPECT_THAT(fault_of("inner: {share: much}"), HasSubstr("expected a number, found 'much'"));
  for (const char* endless : {".inf", "-.inf", ".nan"}) {
    EXPECT_THAT(fault_of(std::string("inner: {limit: ") + endless + "}"),
                HasSubstr("inner.limit: expected a finite number, found"));
  }
  EXPECT_THAT(fault_of("inner: {widths: [0]}"), HasSubstr("must be above 0"));
  EXPECT_THAT(fault_of("colour: green"), HasSubstr("not one of: red, blue"));
  EXPECT_THAT(fault_of("inner: [1"), HasSubstr("demo.yaml:1:"));
}

TEST(ConfigNode, RefusesTextThatIsNotUtf8) {
  EXPECT_THAT(fault_of("colour: blue\n# M\xfcller\n"),
              AllOf(HasSubstr("demo.yaml:2:4: byte 0xfc at offset 16"), HasSubstr("UTF-8")));
  EXPECT_THAT(fault_of(std::string("\xff\xfe"
                                   "c\0",
                                   4)),
              HasSubstr("UTF-16"));
}

/// `levels` of aliases, each nine times the one before.
std::string bomb(int levels) {
  std::string text = "a0: &a0 [1,1,1,1,1,1,1,1,1]\n";
  for (int i = 1; i <= levels; ++i) {
    text += fmt::format("a{0}: &a{0} [", i);
    for (int j = 0; j < 9; ++j) text += fmt::format("{}*a{}", j == 0 ? "" : ",", i - 1);
    text += "]\n";
  }
  return text;
}

TEST(ConfigNode, RefusesAliasesThatMultiplyAndTreesWithoutEnd) {
  for (const int levels : {4, 8, 20, 60})
    EXPECT_THAT(fault_of(bomb(levels)), AllOf(HasSubstr("demo.yaml:"), HasSubstr("aliases")));
  EXPECT_THAT(fault_of("a: &a [*a]\n"), HasSubstr("demo.yaml:"));
  EXPECT_THAT(fault_of("a: &a {b: *a}\n"), HasSubstr("demo.yaml:"));
  for (const char* open : {"[", "{a: ", "- "}) {
    std::string deep = "colour: ";
    for (int i = 0; i < 100'000; ++i) deep += open;
    EXPECT_THAT(fault_of(deep), HasSubstr("demo.yaml:")) << open;
  }
}

TEST(ConfigNode, RefusesASecondDocument) {
  EXPECT_THAT(fault_of("colour: red\n---\ncolour: blue\n"),
              HasSubstr("demo.yaml:2:1: a second YAML document"));
  for (const char* unopened : {"]", "colour: red]\nname: x\n", ",a: [b]\nc: [d]\ne", "a: 1\n}"}) {
    EXPECT_THAT(fault_of(unopened), HasSubstr("demo.yaml:")) << unopened;
  }
  EXPECT_NO_THROW(ConfigNode::parse("---\na: 1\n...\n", "demo.yaml"));
  EXPECT_TRUE(ConfigNode::parse("", "demo.yaml").is_null());
  EXPECT_TRUE(ConfigNode::parse("# only words\n", "demo.yaml").is_null());
}

TEST(ConfigNode, TakesAliasesThatSaveWritingAndLongLists) {
  EXPECT_NO_THROW(ConfigNode::parse(bomb(2), "demo.yaml"));
  std::string list = "a: [0";
  for (int i = 1; i < 30'000; ++i) list += ", " + std::to_string(i);
  EXPECT_EQ(ConfigNode::parse(list + "]", "demo.yaml").at("a").items().size(), 30'000U);
}

TEST(ConfigFields, BoundsNumbersOneAndSeveral) {
  const Check<std::array<int64_t, 3>> three = voxel_extent;
  EXPECT_TRUE(three.accepts({1, 512, 8192}));
  for (const std::array<int64_t, 3>& wrong :
       {std::array<int64_t, 3>{0, 1, 1}, {1, 8193, 1}, {1, 1, -1}, {1'000'000'000, 1, 1}})
    EXPECT_FALSE(three.accepts(wrong));
  const Check<std::optional<std::array<int64_t, 3>>> absent = voxel_extent;
  EXPECT_TRUE(absent.accepts(std::nullopt));
  EXPECT_FALSE(absent.accepts({{1'000'000'000, 1, 1}}));
  EXPECT_STREQ(Check<int64_t>(case_count).words, "must lie in 0..100000");
}

TEST(ConfigNode, SetsAValueDeepInTheTree) {
  ConfigNode node = ConfigNode::parse("inner: {share: 0.1}", "demo.yaml");
  node.set("inner.share=0.25");
  node.set("colour=blue");
  const auto config = read_config<Outer>(node);
  EXPECT_EQ(config.inner.share, 0.25);
  EXPECT_EQ(config.colour, Colour::blue);
  EXPECT_THROW(node.set("no_equals_sign"), ConfigError);
}

TEST(FieldHelp, ListsPathDefaultAndRangeOfEveryKey) {
  FieldHelp help;
  Outer config;
  visit_fields(config, help);
  ASSERT_EQ(help.lines.size(), 5U);
  EXPECT_EQ(help.lines[2].path, "inner.share");
  EXPECT_EQ(help.lines[2].default_text, "0.5");
  EXPECT_EQ(help.lines[4].range, "red | blue");
  FieldHelp of_map;
  Named named;
  visit_fields(named, of_map);
  ASSERT_EQ(of_map.lines.size(), 1U);
  EXPECT_EQ(of_map.lines[0].default_text, R"({"left":1.0})");
  EXPECT_EQ(of_map.lines[0].range, "must be above 0");
}

}  // namespace
}  // namespace nmsw
