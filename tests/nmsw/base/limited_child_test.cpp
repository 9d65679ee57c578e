#include "nmsw/base/limited_child.h"

#include <csignal>
#include <cstdlib>
#include <thread>
#include <vector>

#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/resource.h>
#include <unistd.h>

#include "nmsw/base/error.h"
#include "tests/support/expect_error.h"
#include "tests/support/sanitized.h"

namespace nmsw {
namespace {

using testing::expect_error;

constexpr StepLimits kSmall{64 << 20, 0};

/// What happens to a child that does this while it is at "x.dcm".
void expect_fault(const std::function<void(ChildWork&)>& work,
                  const std::vector<std::string>& parts) {
  expect_error<DataError>(
      [&] {
        in_limited_child(
            [&](ChildWork& child) {
              child.begin("a.dcm", kSmall);
              child.begin("x.dcm", kSmall);
              work(child);
            },
            [](std::string_view) {});
      },
      parts);
}

TEST(LimitedChild, SendsMessagesInOrderAndOfAnySize) {
  std::vector<std::string> received;
  const std::string large(5 << 20, 'x');
  in_limited_child(
      [&](ChildWork& child) {
        child.send("");
        child.begin("a step is no message", {256 << 20, 5});
        child.send("one");
        child.send(large);
      },
      [&](std::string_view message) { received.emplace_back(message); });
  EXPECT_EQ(received, (std::vector<std::string>{"", "one", large}));
}

TEST(LimitedChild, HandsOnTheTextOfAnError) {
  expect_fault([](ChildWork&) { throw DataError("y.dcm: is wrong {}", 7); }, {"y.dcm: is wrong 7"});
}

TEST(LimitedChild, ThatCrashesIsAnErrorWithTheFilesName) {
  expect_fault([](ChildWork&) { std::abort(); }, {"x.dcm: ", "signal 6", "out of the folder"});
  expect_fault([](ChildWork&) { std::raise(SIGSEGV); }, {"x.dcm: ", "signal 11"});
  expect_fault([](ChildWork&) { std::raise(SIGKILL); }, {"x.dcm: ", "killed from outside"});
  expect_fault([](ChildWork&) { ::_exit(0); }, {"x.dcm: ", "without a result"});
}

TEST(LimitedChild, TakesNoMoreMemoryThanItsLimit) {
  if (testing::kIsSanitized) GTEST_SKIP() << "no limit under AddressSanitizer";
  expect_fault(
      [](ChildWork& child) {
        std::vector<std::string> taken;
        for (;;) child.send(taken.emplace_back(1 << 20, 'x').substr(0, 1));
      },
      {"x.dcm: ", "needs more memory"});
}

TEST(LimitedChild, TakesNoMoreProcessorTimeThanItsLimit) {
  expect_fault(
      [](ChildWork&) {
        for (volatile uint64_t i = 0;; i = i + 1) {
        }
      },
      {"x.dcm: ", "processor time"});
}

TEST(LimitedChild, EndsWhenTheReceiverThrows) {
  expect_error<DataError>(
      [] {
        in_limited_child(
            [](ChildWork& child) {
              for (;;) child.send("more");
            },
            [](std::string_view) { throw DataError("enough"); });
      },
      {"enough"});
}

TEST(LimitedChild, HasNoFilesNoTerminalAndNoCoreDump) {
  const int zeros = ::open("/dev/zero", O_RDONLY);
  const int open_here = ::fcntl(zeros, F_DUPFD, 100);
  ASSERT_GE(open_here, 100);
  std::vector<std::string> received;
  in_limited_child(
      [&](ChildWork& child) {
        child.send(::fcntl(open_here, F_GETFD) < 0 ? "closed" : "open");
        child.send(::isatty(0) + ::isatty(1) + ::isatty(2) == 0 ? "no terminal" : "terminal");
        rlimit cores{};
        ::getrlimit(RLIMIT_CORE, &cores);
        child.send(std::to_string(cores.rlim_cur));
      },
      [&](std::string_view message) { received.emplace_back(message); });
  ::close(open_here);
  ::close(zeros);
  EXPECT_EQ(received, (std::vector<std::string>{"closed", "no terminal", "0"}));
}

TEST(LimitedChild, WorksFromSeveralThreadsAtOnce) {
  std::vector<int> sums(8, 0);
  std::vector<std::thread> threads;
  for (int& sum : sums) {
    threads.emplace_back([&sum] {
      for (int round = 0; round < 20; ++round) {
        in_limited_child(
            [round](ChildWork& child) {
              const std::vector<int> taken(1000, round);
              child.send(std::to_string(taken.back()));
            },
            [&sum](std::string_view message) { sum += std::stoi(std::string(message)); });
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(sums, std::vector<int>(8, 190));
}

}  // namespace
}  // namespace nmsw
