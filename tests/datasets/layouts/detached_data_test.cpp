#include "datasets/layouts/detached_data.h"

#include <gmock/gmock.h>

#include "datasets/layouts/case_files.h"
#include "nmsw/base/atomic_file.h"
#include "tests/support/temporary_folder.h"

namespace nmsw::datasets {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

class DetachedData : public ::testing::Test {
 protected:
  void put(const std::string& name, const std::string& text = "x") {
    write_text_atomically(folder_ / name, text);
  }
  std::vector<std::string> names(const std::string& image) const {
    std::vector<std::string> found;
    for (const auto& file : detached_data(folder_ / image))
      found.push_back(file.lexically_relative(folder_.path()).string());
    return found;
  }
  testing::TemporaryFolder folder_;
};

TEST_F(DetachedData, IsWhatAHeaderNames) {
  for (const char* file : {"a.raw", "sub/b.zraw", "s001.raw", "s002.raw", "s.raw", "other.raw"})
    put(file);
  put("one.mhd", "ObjectType = Image\r\nElementDataFile = a.raw\r\n");
  EXPECT_THAT(names("one.mhd"), ElementsAre("a.raw"));
  put("two.NHDR", "NRRD0004\n# comment\ndata file: ./sub/b.zraw\n");
  EXPECT_THAT(names("two.NHDR"), ElementsAre("./sub/b.zraw"));
  put("list.mhd", "ElementDataFile = LIST\ns001.raw\ns002.raw\n");
  EXPECT_THAT(names("list.mhd"), ElementsAre("s001.raw", "s002.raw"));
  put("pattern.nhdr", "NRRD0004\ndatafile: s%03d.raw 1 2 1\n");
  EXPECT_THAT(names("pattern.nhdr"), ElementsAre("s.raw", "s001.raw", "s002.raw"));
  put("absent.mhd", "ElementDataFile = gone.raw\n");
  EXPECT_THAT(names("absent.mhd"), IsEmpty());
  put("local.mhd", "ElementDataFile = LOCAL\n");
  EXPECT_THAT(names("local.mhd"), IsEmpty());
}

TEST_F(DetachedData, IsTheOtherFileOfAPair) {
  for (const char* file : {"a.hdr", "a.img", "b.hdr.gz", "b.img.gz", "c.HDR", "c.IMG"}) put(file);
  EXPECT_THAT(names("a.hdr"), ElementsAre("a.img"));
  EXPECT_THAT(names("a.img"), ElementsAre("a.hdr"));
  EXPECT_THAT(names("b.hdr.gz"), ElementsAre("b.img.gz"));
  EXPECT_THAT(names("c.HDR"), ElementsAre("c.IMG"));
}

TEST_F(DetachedData, IsPartOfTheContentsOfACase) {
  put("i.mhd", "ElementDataFile = i.raw\n");
  put("i.raw", "voxels");
  put("l.hdr");
  put("l.img", "labels");
  CaseFiles files;
  files.case_id = "a";
  files.image = folder_ / "i.mhd";
  files.label = folder_ / "l.hdr";
  FileDigests digests;
  const std::string before = contents_fingerprint({files}, digests);
  put("l.img", "LABELS");
  const std::string corrected = contents_fingerprint({files}, digests);
  EXPECT_NE(corrected, before);
  put("i.raw", "VOXELS");
  EXPECT_NE(contents_fingerprint({files}, digests), corrected);
  put("l.img", "labels");
  put("i.raw", "voxels");
  EXPECT_EQ(contents_fingerprint({files}, digests), before);
}

}  // namespace
}  // namespace nmsw::datasets
