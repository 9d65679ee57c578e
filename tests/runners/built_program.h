#pragma once

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/wait.h>

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <sstream>
#include <string>
#include <utility>
#include <vector>

#include "nmsw/base/atomic_file.h"
#include "nmsw/base/digest.h"
#include "tests/support/build_paths.h"
#include "tests/support/temporary_folder.h"

namespace nmsw::runners {

struct Outcome {
  int code = -1;
  std::string out;
  std::string err;
};

/// Runs `nmsw` with these words in a folder, its output caught in files outside of it.
inline Outcome run_program_in(const std::filesystem::path& folder, const std::string& words,
                              const std::string& shell_before = "") {
  const testing::TemporaryFolder caught;
  const std::string command = "cd '" + folder.string() + "' && " + shell_before + " '" +
                              (testing::build_folder() / "nmsw").string() + "' " + words;
  // What the words redirect themselves stays redirected.
  const int status = std::system(("{ " + command + "; } >'" + (caught / "out").string() + "' 2>'" +
                                  (caught / "err").string() + "'")
                                     .c_str());
  return {WIFEXITED(status) ? WEXITSTATUS(status) : -1, read_file(caught / "out"),
          read_file(caught / "err")};
}

/// Standard error ends with one line that begins as every error does, names the file and holds the
/// words; what stands before it is no error.
inline void expect_message(const Outcome& outcome, int code, const std::string& file,
                           const std::vector<std::string>& words) {
  EXPECT_EQ(outcome.code, code) << outcome.err;
  const size_t begin = outcome.err.find("nmsw: error: ");
  ASSERT_NE(begin, std::string::npos) << outcome.err;
  EXPECT_TRUE(begin == 0 || outcome.err[begin - 1] == '\n') << outcome.err;
  const std::string message = outcome.err.substr(begin);
  EXPECT_EQ(message.find('\n') + 1, message.size()) << outcome.err;
  EXPECT_THAT(message, ::testing::HasSubstr(file));
  for (const std::string& word : words) EXPECT_THAT(message, ::testing::HasSubstr(word));
}

/// Every file below a folder with the digest of its contents, to see that nothing has changed.
inline std::vector<std::pair<std::string, std::string>> files_below(
    const std::filesystem::path& folder) {
  std::vector<std::pair<std::string, std::string>> files;
  for (const auto& entry : std::filesystem::recursive_directory_iterator(folder)) {
    const std::string name = entry.path().lexically_relative(folder).string();
    if (entry.path().extension() == ".sqlite-shm") continue;  // a reader's marks
    files.emplace_back(name, entry.is_regular_file() ? sha256_file(entry.path()) : "");
  }
  std::sort(files.begin(), files.end());
  return files;
}

/// The smoke experiment's networks after one step of training, made once a test program.
class TinyCheckpoints {
 public:
  TinyCheckpoints() {
    const std::string smoke = (testing::source_folder() / "experiments/smoke.yaml").string();
    const Outcome outcome = run_program_in(
        folder_.path(), "run '" + smoke +
                            "' --db r.sqlite --quiet --only kind=train --set "
                            "training.epochs=1 --set training.iterations_per_epoch=1");
    EXPECT_EQ(outcome.code, 0) << outcome.err;
    nmsw_ = checkpoint_of("nmsw");
    local_ = checkpoint_of("local");
  }
  const std::filesystem::path& nmsw() const { return nmsw_; }
  const std::filesystem::path& local() const { return local_; }

 private:
  std::filesystem::path checkpoint_of(const std::string& scheme) const {
    const Outcome query = run_program_in(
        folder_.path(),
        "query --db r.sqlite --format csv --sql \"SELECT path FROM artifact JOIN run r ON "
        "r.id = run_id JOIN task t ON t.id = task_id WHERE scheme = '" +
            scheme + "'\"");
    std::istringstream lines(query.out);
    std::string path, line;
    while (std::getline(lines, line)) path = line;  // the last one, below the column's name
    EXPECT_TRUE(std::filesystem::is_regular_file(folder_ / path)) << query.out << query.err;
    return folder_ / path;
  }

  testing::TemporaryFolder folder_;
  std::filesystem::path nmsw_, local_;
};

inline const TinyCheckpoints& tiny_checkpoints() {
  static const TinyCheckpoints checkpoints;
  return checkpoints;
}

}  // namespace nmsw::runners
