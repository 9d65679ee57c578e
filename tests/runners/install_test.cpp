#include "tests/runners/built_program.h"

namespace nmsw::runners {
namespace {

using ::testing::HasSubstr;

/// What bash offers after these words, the last of which is being typed.
std::string completed(const std::string& words) {
  const testing::TemporaryFolder folder;
  const std::string program = (testing::build_folder() / "nmsw").string();
  write_text_atomically(folder / "ask",
                        "source '" +
                            (testing::source_folder() / "runners/install/nmsw.bash").string() +
                            "'\nCOMP_WORDS=('" + program + "' " + words +
                            ")\nCOMP_CWORD=$((${#COMP_WORDS[@]} - 1))\n_nmsw\n"
                            "echo \"${COMPREPLY[@]}\"\n");
  const std::string out = (folder / "out").string();
  EXPECT_EQ(std::system(("bash '" + (folder / "ask").string() + "' > '" + out + "'").c_str()), 0);
  return read_file(out);
}

TEST(Install, BashCompletesVerbsAndTheirOptions) {
  EXPECT_EQ(completed("pr"), "predict profile\n");
  EXPECT_EQ(completed("doc"), "doctor\n");
  EXPECT_EQ(completed("run --work"), "--workers\n");
  EXPECT_EQ(completed("predict --check"), "--checkpoint\n");
  EXPECT_EQ(completed("nonsense --x"), "\n");
}

TEST(Install, TheManualPageHoldsEveryVerbWithItsOptions) {
  const testing::TemporaryFolder folder;
  const std::string command =
      "'" + (testing::source_folder() / "runners/install/man_page").string() + "' '" +
      (testing::build_folder() / "nmsw").string() + "' > '" + (folder / "nmsw.1").string() + "'";
  ASSERT_EQ(std::system(command.c_str()), 0);
  const std::string page = read_file(folder / "nmsw.1");
  for (const char* line : {".TH NMSW 1", "\n.SH PREDICT\n", "\n.SH DOCTOR\n",
                           "\\-\\-memory\\-limit", "\\-\\-workers"}) {
    EXPECT_THAT(page, HasSubstr(line));
  }
  EXPECT_EQ(page.find("\n'"), std::string::npos) << "roff would take the line for a request";
}

TEST(Install, TheVersionNamesTheCommit) {
  const testing::TemporaryFolder folder;
  EXPECT_THAT(run_program_in(folder / "", "--version").out, HasSubstr("nmsw 0.1.0"));
}

}  // namespace
}  // namespace nmsw::runners
