#include "datasets/scan_list.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "nmsw/base/atomic_file.h"
#include "nmsw/base/error.h"
#include "tests/support/temporary_folder.h"

namespace nmsw::datasets {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

class ScanList : public ::testing::Test {
 protected:
  void add(const std::string& name) {
    std::filesystem::create_directories((folder / name).parent_path());
    write_text_atomically(folder / name, "x");
  }
  std::vector<std::string> outputs(const std::vector<std::string>& inputs,
                                   const std::string& output) const {
    std::vector<std::filesystem::path> paths;
    for (const std::string& input : inputs) paths.push_back(folder / input);
    std::vector<std::string> found;
    for (const ListedScan& scan : list_scans(paths, folder / output))
      found.push_back(std::filesystem::relative(scan.output, folder / "").string());
    return found;
  }
  std::string fault(const std::vector<std::string>& inputs, const std::string& output) const {
    try {
      outputs(inputs, output);
    } catch (const ConfigError& error) {
      return error.what();
    }
    return "";
  }
  testing::TemporaryFolder folder;
};

TEST_F(ScanList, OneFileGoesToOneFile) {
  add("a.nii.gz");
  EXPECT_THAT(outputs({"a.nii.gz"}, "out.mha"), ElementsAre("out.mha"));
  EXPECT_THAT(outputs({"a.nii.gz"}, "out/"), ElementsAre("out/a.nii.gz"));
}

TEST_F(ScanList, AFolderOfFilesIsACaseEach) {
  for (const char* name : {"in/b_0000.nii.gz", "in/a.NRRD", "in/c.mhd", "in/c.raw", "in/notes.txt",
                           "in/.d.nii.gz", "in/e.hdr", "in/e.img"})
    add(name);
  EXPECT_THAT(outputs({"in"}, "out"),
              ElementsAre("out/a.nrrd", "out/b.nii.gz", "out/c.mha", "out/e.nii.gz"));
}

TEST_F(ScanList, AFolderOfSlicesIsOneScanAndAFolderOfThoseIsMany) {
  add("in/second/1.dcm");
  add("in/first/IM0001");
  EXPECT_THAT(outputs({"in/first"}, "out.nii.gz"), ElementsAre("out.nii.gz"));
  EXPECT_THAT(outputs({"in"}, "out"), ElementsAre("out/first.nii.gz", "out/second.nii.gz"));
  EXPECT_THAT(outputs({"in/second/"}, "out/"), ElementsAre("out/second.nii.gz"));
}

TEST_F(ScanList, ANumberOfFourDigitsIsAChannelOnlyBesideTheFirstOne) {
  add("in/word_0001.nii.gz");
  add("in/word_0002.nii.gz");
  EXPECT_THAT(outputs({"in"}, "out"), ElementsAre("out/word_0001.nii.gz", "out/word_0002.nii.gz"));
  EXPECT_THAT(outputs({"in/word_0001.nii.gz"}, "o.nii"), ElementsAre("o.nii"));
}

TEST_F(ScanList, SeveralInputsKeepTheirOrder) {
  add("b.nii");
  add("in/a.nii");
  EXPECT_THAT(outputs({"b.nii", "in"}, "out"), ElementsAre("out/b.nii.gz", "out/a.nii.gz"));
}

TEST_F(ScanList, PutsTheChannelsOfAScanTogether) {
  for (const char* name : {"b_0001", "a_0000", "b_0000", "a_0001", "c"})
    add("in/" + std::string(name) + ".nii.gz");
  EXPECT_THAT(outputs({"in"}, "out"), ElementsAre("out/a.nii.gz", "out/b.nii.gz", "out/c.nii.gz"));
  EXPECT_THAT(outputs({"in/b_0001.nii.gz", "in/b_0000.nii.gz"}, "o.nii"), ElementsAre("o.nii"));
  const ListedScan scan =
      list_scans({folder / "in/b_0001.nii.gz", folder / "in/b_0000.nii.gz"}, "o.nii").front();
  EXPECT_EQ(scan.id, "b");
  EXPECT_EQ(scan.input.filename(), "b_0000.nii.gz");
  ASSERT_EQ(scan.further.size(), 1U);
  EXPECT_EQ(scan.further[0].filename(), "b_0001.nii.gz");
}

TEST_F(ScanList, RefusesWhatCannotBe) {
  add("in/a.nii.gz");
  add("other/a_0000.nii");
  add("channels/a_0000.nii.gz");
  add("channels/a_0002.nii.gz");
  std::filesystem::create_directories(folder / "empty");
  EXPECT_THAT(fault({"in", "other"}, "out"), HasSubstr("both would be written to"));
  EXPECT_THAT(fault({"channels"}, "out"), HasSubstr("channel 1 of its scan is missing"));
  EXPECT_THAT(fault({"in/a.nii.gz", "in/a.nii.gz"}, "out"), HasSubstr("both would be written to"));
  EXPECT_THAT(fault({"other/a_0000.nii", "other/a_0000.nii"}, "o.nii"),
              HasSubstr("the same channel of one scan"));
  EXPECT_THAT(fault({"channels/a_0000.nii.gz", "other/a_0000.nii"}, "out"),
              HasSubstr("both would be written to"));
  EXPECT_THAT(fault({"empty"}, "out"), HasSubstr("holds no scan"));
  EXPECT_THAT(fault({"in"}, "in"), HasSubstr("is the input itself"));
  EXPECT_THAT(fault({"in/a.nii.gz"}, "in/a.nii.gz"), HasSubstr("is the input itself"));
}

TEST_F(ScanList, PartsShareAListWithoutGapOrOverlap) {
  std::vector<ListedScan> scans;
  for (int i = 0; i < 7; ++i) scans.push_back({std::to_string(i), "", "", {}});
  std::vector<std::string> seen;
  for (const int64_t index : {1, 2, 3}) {
    for (const ListedScan& scan : part_of(scans, index, 3)) seen.push_back(scan.id);
  }
  EXPECT_THAT(seen, ElementsAre("0", "3", "6", "1", "4", "2", "5"));
}

}  // namespace
}  // namespace nmsw::datasets
