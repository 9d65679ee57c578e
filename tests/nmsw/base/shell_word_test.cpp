#include "nmsw/base/shell_word.h"

#include <array>
#include <cstdio>

#include <gtest/gtest.h>

namespace nmsw {
namespace {

/// What a shell makes of the word.
std::string read_by_shell(const std::string& word) {
  const std::string command = "printf %s " + shell_word(word);
  FILE* pipe = popen(command.c_str(), "r");
  std::string text;
  std::array<char, 64> part{};
  for (size_t n = 0; (n = fread(part.data(), 1, part.size(), pipe)) > 0;)
    text.append(part.data(), n);
  EXPECT_EQ(pclose(pipe), 0);
  return text;
}

TEST(ShellWord, IsReadBackAsItIs) {
  for (const char* word : {"plain/name-0.nii.gz", "with blank", "it's", "$HOME", "a;b&c", "\"q\"",
                           "`id`", "*", "~", "back\\slash", "line\nbreak", ""})
    EXPECT_EQ(read_by_shell(word), word);
  EXPECT_EQ(shell_word("plain/name-0.nii.gz"), "plain/name-0.nii.gz");
}

}  // namespace
}  // namespace nmsw
