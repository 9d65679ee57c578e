#include <chrono>
#include <fstream>
#include <vector>

#include <gtest/gtest.h>
#include <sys/wait.h>
#include <unistd.h>

#include "nmsw/base/atomic_file.h"
#include "nmsw/base/error.h"
#include "nmsw/base/temporary_name.h"
#include "tests/support/temporary_folder.h"

namespace nmsw {
namespace {

namespace fs = std::filesystem;
using testing::TemporaryFolder;

std::vector<std::string> names_in(const fs::path& folder) {
  std::vector<std::string> names;
  for (const auto& entry : fs::directory_iterator(folder))
    names.push_back(entry.path().filename().string());
  return names;
}

/// The name that a process which is gone by now would have given its temporary file.
std::string name_of_a_dead_process(const fs::path& folder) {
  int ends[2];
  EXPECT_EQ(::pipe(ends), 0);
  const pid_t child = ::fork();
  if (child == 0) {
    const std::string name = new_temporary_name(folder / "a.txt").filename().string();
    const bool is_written =
        ::write(ends[1], name.data(), name.size()) == static_cast<ssize_t>(name.size());
    ::_exit(is_written ? 0 : 1);
  }
  ::close(ends[1]);
  char name[256] = {};
  EXPECT_GT(::read(ends[0], name, sizeof(name) - 1), 0);
  ::close(ends[0]);
  ::waitpid(child, nullptr, 0);
  return name;
}

TEST(TemporaryName, EndsLikeItsTargetAndNeverRepeats) {
  const fs::path first = new_temporary_name("folder/a.nii.gz");
  EXPECT_EQ(first.parent_path(), "folder");
  EXPECT_TRUE(is_temporary_name(first.filename().string()));
  EXPECT_FALSE(is_earlier_temporary_name(first.filename().string()));
  EXPECT_NE(first.string().find("-a.nii.gz"), std::string::npos);
  EXPECT_NE(first, new_temporary_name("folder/a.nii.gz"));
}

TEST(TemporaryName, OfEarlierVersionsIsKnown) {
  EXPECT_TRUE(is_earlier_temporary_name(".tmp-1-0-phantom.started.json"));
  EXPECT_TRUE(is_earlier_temporary_name(".tmp-4194303-12-a"));
  EXPECT_FALSE(is_earlier_temporary_name(".tmp-123456789012-7-0123456789abcdef-a"));
  EXPECT_FALSE(is_earlier_temporary_name("tmp-1-0-a"));
  EXPECT_FALSE(is_earlier_temporary_name(".tmp-1"));
  EXPECT_FALSE(is_earlier_temporary_name(".tmp-"));
}

TEST(AtomicFile, TakesNamesUpToTheFileSystemsLimit) {
  const TemporaryFolder folder;
  std::string name;
  while (name.size() < 248) name += "ü";
  write_text_atomically(folder / (name + ".txt"), "x");
  EXPECT_EQ(read_file(folder / (name + ".txt")), "x");
}

TEST(AtomicFile, ClearsAwayWhatDeadProcessesLeft) {
  const TemporaryFolder folder;
  const std::string dead = name_of_a_dead_process(folder.path());
  const std::string alive = new_temporary_name(folder / "b").filename().string();
  for (const std::string& name : {dead, alive, std::string(".tmp-elsewhere-1-0-new"),
                                  std::string(".tmp-elsewhere-1-0-old"), std::string("keep")}) {
    std::ofstream(folder / name) << "half";
  }
  fs::create_directory(folder / ".tmp-folder");
  const auto long_ago = fs::file_time_type::clock::now() - std::chrono::hours(5);
  for (const char* name : {".tmp-elsewhere-1-0-old", "keep", ".tmp-folder"})
    fs::last_write_time(folder / name, long_ago);
  write_text_atomically(folder / "a.txt", "x");
  std::vector<std::string> names = names_in(folder.path());
  std::sort(names.begin(), names.end());
  std::vector<std::string> expected{alive, ".tmp-elsewhere-1-0-new", ".tmp-folder", "a.txt",
                                    "keep"};
  std::sort(expected.begin(), expected.end());
  EXPECT_EQ(names, expected);
}

TEST(AtomicFile, FollowsNoLinkThatReplacedItsTemporaryFile) {
  const TemporaryFolder folder;
  write_text_atomically(folder / "victim", "precious");
  EXPECT_THROW(write_atomically(folder / "a.txt",
                                [&](const fs::path& temporary) {
                                  fs::remove(temporary);
                                  fs::create_symlink(folder / "victim", temporary);
                                }),
               DataError);
  EXPECT_EQ(read_file(folder / "victim"), "precious");
  EXPECT_FALSE(fs::exists(fs::symlink_status(folder / "a.txt")));
}

TEST(AtomicFile, ReplacesALinkAndNotItsTarget) {
  const TemporaryFolder folder;
  write_text_atomically(folder / "victim", "precious");
  fs::create_symlink(folder / "victim", folder / "a.txt");
  write_text_atomically(folder / "a.txt", "new");
  EXPECT_EQ(read_file(folder / "victim"), "precious");
  EXPECT_EQ(read_file(folder / "a.txt"), "new");
}

}  // namespace
}  // namespace nmsw
