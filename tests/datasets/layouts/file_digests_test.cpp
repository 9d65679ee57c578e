#include "datasets/layouts/file_digests.h"

#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <fstream>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "datasets/layouts/case_files.h"
#include "nmsw/base/atomic_file.h"
#include "nmsw/base/digest.h"
#include "nmsw/base/error.h"
#include "tests/support/temporary_folder.h"

namespace nmsw::datasets {
namespace {

namespace fs = std::filesystem;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::SizeIs;

/// A clock that is far enough ahead for every file to count as settled.
int64_t later() { return int64_t{4} << 60; }

/// Changes a file in place, keeping its size and its date, as `cp --preserve` over it does.
void overwrite(const fs::path& file, const std::string& text) {
  struct stat before {
  }, after{};
  ASSERT_EQ(::stat(file.c_str(), &before), 0);
  const auto date = fs::last_write_time(file);
  do {  // the kernel's clock ticks some hundred times a second
    std::ofstream(file, std::ios::binary) << text;
    fs::last_write_time(file, date);
    ASSERT_EQ(::stat(file.c_str(), &after), 0);
  } while (after.st_ctim.tv_nsec == before.st_ctim.tv_nsec &&
           after.st_ctim.tv_sec == before.st_ctim.tv_sec);
  ASSERT_EQ(after.st_size, before.st_size);
}

class FileDigestsTest : public ::testing::Test {
 protected:
  void SetUp() override { write_text_atomically(file_, "label 1"); }
  FileDigests digests() {
    return FileDigests(
        kept_, [this](const std::string& note) { notes_.push_back(note); }, later);
  }
  /// Puts another digest where the right one is kept, which a reader of the file would not find.
  std::string forge() {
    std::string text = read_file(kept_);
    const std::string forged(64, 'f');
    const size_t at = text.find(sha256_file(file_));
    EXPECT_NE(at, std::string::npos) << text;
    if (at != std::string::npos) text.replace(at, 64, forged);
    write_text_atomically(kept_, text);
    return forged;
  }
  nmsw::testing::TemporaryFolder folder_;
  fs::path file_ = folder_ / "a b/label.nii";
  fs::path kept_ = folder_ / "cache/digests.txt";
  std::vector<std::string> notes_;
};

TEST_F(FileDigestsTest, AreThoseOfTheContentsAndKeptForTheNextProgram) {
  EXPECT_EQ(digests().of(file_), sha256_hex("label 1"));
  const std::string forged = forge();
  EXPECT_EQ(digests().of(file_), forged) << "not read again";
  EXPECT_THAT(notes_, IsEmpty());
}

TEST_F(FileDigestsTest, SeeAnotherFileOfTheSameNameSizeAndDate) {
  digests().of(file_);
  forge();
  overwrite(file_, "label 2");
  EXPECT_EQ(digests().of(file_), sha256_hex("label 2"));
  forge();
  const auto date = fs::last_write_time(file_);
  write_text_atomically(file_, "label 3");
  fs::last_write_time(file_, date);
  EXPECT_EQ(digests().of(file_), sha256_hex("label 3")) << "another inode";
}

TEST_F(FileDigestsTest, OfAFileThatHasJustChangedAreNotKept) {
  FileDigests(kept_).of(file_);
  EXPECT_FALSE(fs::exists(kept_));
}

TEST_F(FileDigestsTest, ComeFromTheFilesWhereTheKeptOnesAreDamaged) {
  for (const char* text : {"", "something else\n", "nmsw file digests 1\nnonsense\n\n1 2 3\n"}) {
    write_text_atomically(kept_, text);
    EXPECT_EQ(digests().of(file_), sha256_hex("label 1")) << text;
  }
}

TEST_F(FileDigestsTest, WorkWhereTheyCannotBeKept) {
  write_text_atomically(folder_ / "cache", "a file, no folder");
  EXPECT_EQ(digests().of(file_), sha256_hex("label 1"));
  ASSERT_THAT(notes_, SizeIs(1));
  EXPECT_THAT(notes_[0], HasSubstr("not kept"));
}

TEST_F(FileDigestsTest, RefuseAFileThatIsNotThere) {
  EXPECT_THROW(digests().of(folder_ / "gone"), DataError);
  EXPECT_THROW(digests().of(folder_.path()), DataError) << "a folder";
}

TEST_F(FileDigestsTest, OfSeveralProgramsAreBroughtTogether) {
  constexpr int kPrograms = 4, kFiles = 20;
  const auto file_of = [&](int program, int i) {
    return folder_ / fmt::format("{}_{}.nii", program, i);
  };
  for (int program = 0; program < kPrograms; ++program) {
    for (int i = 0; i < kFiles; ++i) write_text_atomically(file_of(program, i), "x");
  }
  for (int program = 0; program < kPrograms; ++program) {
    if (fork() != 0) continue;
    FileDigests own(kept_, {}, later);
    for (int i = 0; i < kFiles; ++i) {
      own.of(file_of(program, i));
      own.save();
    }
    _exit(0);
  }
  for (int program = 0; program < kPrograms; ++program) {
    int status = -1;
    ::wait(&status);
    EXPECT_EQ(status, 0);
  }
  const std::string text = read_file(kept_);
  EXPECT_EQ(std::count(text.begin(), text.end(), '\n'), 1 + kPrograms * kFiles);
}

TEST_F(FileDigestsTest, SayWhatWillTakeLong) {
  const fs::path large = folder_ / "large.nii";
  std::ofstream(large).put('x');
  fs::resize_file(large, uintmax_t{300} << 20);  // a hole, which takes no room
  digests().announce({file_}, "'word'");
  EXPECT_THAT(notes_, IsEmpty());
  digests().announce({file_, large}, "'word'");
  ASSERT_THAT(notes_, SizeIs(1));
  EXPECT_THAT(notes_[0], ::testing::AllOf(HasSubstr("2 files"), HasSubstr("'word'")));
}

TEST_F(FileDigestsTest, MakeAFingerprintOfContentsThatNamesAndPlacesDoNotChange) {
  const auto fingerprint = [this](const fs::path& image, const fs::path& label, Split split) {
    CaseFiles files;
    files.case_id = "a";
    files.split = split;
    files.image = image;
    files.label = label;
    FileDigests plain;
    return contents_fingerprint({files}, plain);
  };
  const fs::path other = folder_ / "elsewhere/other.nii", image = folder_ / "image.nii";
  write_text_atomically(other, "label 1");
  write_text_atomically(image, "image");
  const std::string first = fingerprint(image, file_, Split::test);
  EXPECT_TRUE(is_contents_fingerprint(first));
  EXPECT_FALSE(is_contents_fingerprint(sha256_hex("x")));
  EXPECT_EQ(fingerprint(image, other, Split::test), first);
  EXPECT_NE(fingerprint(image, other, Split::train), first);
  EXPECT_NE(fingerprint(other, image, Split::test), first);
  write_text_atomically(other, "label 2");
  EXPECT_NE(fingerprint(image, other, Split::test), first);
}

}  // namespace
}  // namespace nmsw::datasets
