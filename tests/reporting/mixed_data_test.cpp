#include "reporting/mixed_data.h"

#include <gmock/gmock.h>

#include "reporting/conventions.h"
#include "reporting/sections/sections.h"
#include "tests/reporting/score_database.h"

namespace nmsw::reporting {
namespace {

using ::testing::AllOf;
using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

std::optional<double> half(int /*case_index*/, int /*class_index*/) { return 0.5; }

/// Evaluations on WORD, each of files of some contents and under some setting.
class MixedData : public ::testing::Test {
 protected:
  void add(const std::string& method, const std::string& k, const std::string& data_sha,
           const std::string& setting = "1", const std::string& variant = "") {
    made_.evaluate(
        testing::word_unet(method, k, "on", variant), half, 0,
        R"({"data":{"source":"real","fit":)" + setting + R"(,"descriptor":{"name":"w"}}})",
        data_sha);
  }
  std::vector<std::string> notes() const {
    return mixed_data_notes(made_.store(), "made", {"word"});
  }
  testing::ScoreDatabase made_;
};

TEST_F(MixedData, IsWarnedOfWithTheMethodsOfEachContents) {
  add("sliding_window", "", "aaaaaaaaaaaaaaaa");
  add("nmsw", "5", "aaaaaaaaaaaaaaaa");
  EXPECT_THAT(notes(), IsEmpty());
  add("nmsw", "full", "bbbbbbbbbbbbbbbb");
  EXPECT_THAT(notes(), ElementsAre(AllOf(HasSubstr("WARNING"), HasSubstr("2 different contents"),
                                         HasSubstr("aaaaaaaaaa (2 evaluations: "),
                                         HasSubstr("bbbbbbbbbb (1 evaluation: nmsw)"))));
}

TEST_F(MixedData, StandsUnderEveryTableOfItsScores) {
  add("sliding_window", "", "aa");
  add("nmsw", "full", "bb");
  const SectionInput input{made_.store(), {"made"}};
  for (const Section& section : {comparison_section(input), claims_section(input)}) {
    ASSERT_FALSE(section.tables.empty()) << section.id;
    EXPECT_THAT(section.tables.front().notes, Contains(HasSubstr("DIFFERENT DATA"))) << section.id;
  }
}

TEST_F(MixedData, IsNotSaidOfOtherSettingsNorOfOtherDataSets) {
  add("sliding_window", "", "aa");
  add("sliding_window", "", "bb", "2", "preset=authors");
  EXPECT_THAT(notes(), IsEmpty());
  add("nmsw", "5", "");
  EXPECT_THAT(notes(), IsEmpty()) << "a run that does not say";
  add("nmsw", "full", "cc");
  EXPECT_THAT(mixed_data_notes(made_.store(), "made", {"hippocampus"}), IsEmpty());
  EXPECT_THAT(mixed_data_notes(made_.store(), "other", {"word"}), IsEmpty());
}

}  // namespace
}  // namespace nmsw::reporting
