#include <sys/wait.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "nmsw/base/atomic_file.h"
#include "tests/support/build_paths.h"
#include "tests/support/temporary_folder.h"

// tests/bench/gate on recorded numbers, and with stand-ins for the programs that "take" numbers from a
// list: no test measures time.

namespace nmsw::testing {
namespace {

namespace fs = std::filesystem;

struct Answer {
  int code = 0;
  std::string text;
};

class BenchGate : public ::testing::Test {
 protected:
  Answer gate(const std::string& words, const std::string& environment = "") {
    const std::string command = environment + " '" +
                                (source_folder() / "tests" / "bench" / "gate").string() + "' " +
                                words + " > '" + (folder_ / "out").string() + "' 2>&1";
    const int status = std::system(command.c_str());
    return {WIFEXITED(status) ? WEXITSTATUS(status) : -1, read_file(folder_ / "out")};
  }
  fs::path write(const std::string& name, const std::string& text) {
    std::ofstream(folder_ / name) << text;
    return folder_ / name;
  }
  /// A program whose n-th `bench` tells the n-th of the seconds, and twice that for another row.
  fs::path program(const std::string& name, const std::vector<double>& seconds) {
    std::string list;
    for (const double value : seconds) list += std::to_string(value) + '\n';
    write(name + ".list", list);
    const fs::path file =
        write(name,
              "#!/bin/sh\n[ \"$1 $2 $3 $4\" = 'bench --volume 0 --out' ] || exit 9\n"
              "list='" +
                  (folder_ / (name + ".list")).string() +
                  "'\n"
                  "s=$(head -n 1 \"$list\"); [ -n \"$s\" ] || exit 8; sed -i 1d \"$list\"\n"
                  "{ echo what,gmac,own_s,own_bf16_s; echo \"unet patch,1,$s,\"; echo "
                  "\"other,1,1,2\"; } > "
                  "\"$5\"\n");
    fs::permissions(file, fs::perms::owner_all);
    return file;
  }
  Answer compare(const std::vector<double>& base, const std::vector<double>& other) {
    return gate("programs '" + program("base", base).string() + "' '" +
                    program("new", other).string() + "'",
                "ROUNDS=3");
  }
  TemporaryFolder folder_;
};

TEST_F(BenchGate, PassesUpToTenPercentOfTheMedian) {
  const Answer answer = gate("judge '" +
                             write("numbers",
                                   "base, a, 1\nbase, a, 9\nbase, a, 2\n"
                                   "new, a, 2.2\nnew, a, 0.1\nnew, a, 7\n")
                                 .string() +
                             "'");
  EXPECT_EQ(answer.code, 0) << answer.text;
  EXPECT_NE(answer.text.find("a:  2.0000 s -> 2.2000 s, +10.0 %"), std::string::npos)
      << answer.text;
}

TEST_F(BenchGate, FailsAboveAndNamesTheMeasurement) {
  const Answer answer = gate("judge '" +
                             write("numbers",
                                   "base, a, 2\nnew, a, 2.21\n"
                                   "base, b, 2\nnew, b, 1\n")
                                 .string() +
                             "'");
  EXPECT_EQ(answer.code, 1);
  EXPECT_NE(answer.text.find("SLOWER  a:"), std::string::npos) << answer.text;
  EXPECT_EQ(answer.text.find("SLOWER  b:"), std::string::npos) << answer.text;
  EXPECT_NE(answer.text.find("1 of 2 measurements"), std::string::npos) << answer.text;
}

TEST_F(BenchGate, FailsOnlyWhereTheSameMeasurementIsSlowerTwice) {
  const std::string a = write("one", "base, a, 2\nnew, a, 3\nbase, b, 2\nnew, b, 2\n").string();
  const std::string b = write("two", "base, a, 2\nnew, a, 2\nbase, b, 2\nnew, b, 3\n").string();
  EXPECT_EQ(gate("judge '" + a + "' '" + b + "'").code, 0);
  EXPECT_EQ(gate("judge '" + a + "' '" + a + "'").code, 1);
}

TEST_F(BenchGate, TakesAnotherLimit) {
  const std::string file = write("numbers", "base, a, 2\nnew, a, 2.1\n").string();
  EXPECT_EQ(gate("judge '" + file + "'").code, 0);
  EXPECT_EQ(gate("judge '" + file + "'", "LIMIT_PERCENT=4").code, 1);
}

TEST_F(BenchGate, JudgesNothingThatOnlyOneSideHas) {
  const Answer answer =
      gate("judge '" + write("numbers", "base, a, 1\nnew, b, 9\nbase, c, 1\nnew, c, 1\n").string() +
           "'");
  EXPECT_EQ(answer.code, 0);
  EXPECT_NE(answer.text.find("a:  only in base"), std::string::npos) << answer.text;
  EXPECT_NE(answer.text.find("b:  only in new"), std::string::npos) << answer.text;
}

TEST_F(BenchGate, SaysWhereNothingCanBeSaid) {
  EXPECT_EQ(gate("judge '" + write("none", "").string() + "'").code, 2);
  EXPECT_EQ(gate("judge '" + write("apart", "base, a, 1\nnew, b, 1\n").string() + "'").code, 2);
  const Answer answer = gate("judge '" + write("wrong", "base, a, 1\nnew a 1\n").string() + "'");
  EXPECT_EQ(answer.code, 2);
  EXPECT_NE(answer.text.find("wrong:2:"), std::string::npos) << answer.text;
  EXPECT_EQ(gate("programs /no/such /no/such").code, 2);
  EXPECT_EQ(gate("").code, 2);
}

TEST_F(BenchGate, MeasuresBothSidesInTurnAndOnceIfNoneIsSlower) {
  const Answer answer = compare({1, 1, 1}, {1.05, 1.05, 1.05});
  EXPECT_EQ(answer.code, 0) << answer.text;
  EXPECT_NE(answer.text.find("unet patch:  1.0000 s -> 1.0500 s, +5.0 %"), std::string::npos)
      << answer.text;
  EXPECT_NE(answer.text.find("other bf16:  2.0000 s"), std::string::npos) << answer.text;
}

TEST_F(BenchGate, ConfirmsWhatIsSlower) {
  EXPECT_EQ(compare({1, 1, 1, 1, 1, 1}, {2, 2, 2, 1, 1, 1}).code, 0) << "a slow minute";
  const Answer answer = compare({1, 1, 1, 1, 1, 1}, {2, 2, 2, 2, 2, 2});
  EXPECT_EQ(answer.code, 1) << answer.text;
  EXPECT_NE(answer.text.find("1 of 3 measurements more than 10 % slower, twice"), std::string::npos)
      << answer.text;
}

TEST_F(BenchGate, DoesNotTakeAFailedProgramForAFastOne) {
  EXPECT_EQ(compare({1, 1, 1}, {1}).code, 2);
}

TEST_F(BenchGate, RunsTheCommandsOfAList) {
  const std::string program = write("ok", "#!/bin/sh\n[ \"$1\" = report ]\n").string();
  fs::permissions(program, fs::perms::owner_all);
  const std::string good = write("good", "# a comment\nfull report --out r\n").string();
  const std::string bad = write("bad", "other query x\n").string();
  const std::string both = "programs '" + program + "' '" + program + "' '";
  // A command that takes no time has no measurement; that it ran is what counts here.
  EXPECT_NE(gate(both + good + "'", "ROUNDS=1").text.find("round 1 of 1 is measured"),
            std::string::npos);
  EXPECT_EQ(gate(both + bad + "'", "ROUNDS=1").code, 2);
}

}  // namespace
}  // namespace nmsw::testing
