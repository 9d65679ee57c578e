#include "nmsw/base/waiting.h"

#include <fcntl.h>
#include <sys/file.h>
#include <unistd.h>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "nmsw/base/error.h"
#include "results/sqlite.h"
#include "tests/results/canned_store.h"

namespace nmsw::results::testing {
namespace {

using ::testing::AllOf;
using ::testing::ElementsAre;
using ::testing::HasSubstr;

/// Waits without waiting: adds up the pauses that were asked for, so that no clock is looked at, and
/// notes what is said. `when` is called at every pause with their sum.
class CountedWaiting {
 public:
  Waiting waiting;
  int pauses_ms = 0;
  std::vector<std::string> notes;
  std::function<void(int pauses_ms)> when = [](int) {};

  CountedWaiting() {
    waiting.tell = [this](const std::string& note) { notes.push_back(note); };
    waiting.pause = [this](int ms) {
      pauses_ms += ms;
      when(pauses_ms);
    };
  }
};

StoreOptions with(const Waiting& waiting) {
  StoreOptions options;
  options.waiting = waiting;
  return options;
}

template <class Action>
std::string fault_of(Action action) {
  try {
    action();
  } catch (const DataError& fault) {
    return fault.what();
  }
  return "no fault";
}

TEST(Wait, EndsAtItsLimitAndSaysOnceForWhatItWaits) {
  CountedWaiting counted;
  Wait wait(counted.waiting, "/data/r.sqlite");
  while (wait.again() && counted.pauses_ms < counted.waiting.say_after_ms)
    EXPECT_TRUE(counted.notes.empty()) << "nobody minds a short wait";
  while (wait.again()) {
  }
  EXPECT_EQ(counted.pauses_ms, counted.waiting.limit_ms);
  EXPECT_THAT(counted.notes,
              ElementsAre("waiting for /data/r.sqlite, which another program holds"));
}

TEST(Wait, EndsWhenTheWorkShouldStop) {
  CountedWaiting counted;
  counted.waiting.stop = [&] { return counted.pauses_ms >= 500; };
  Wait wait(counted.waiting, "x");
  EXPECT_THROW(while (wait.again()){}, Interrupted);
  EXPECT_LT(counted.pauses_ms, 700);
}

/// `flock DIR nmsw run --db DIR/r.sqlite` hung for ever.
class HeldFolder : public ::testing::Test {
 protected:
  void SetUp() override {
    descriptor_ = open(folder_.path().c_str(), O_RDONLY | O_DIRECTORY);
    ASSERT_EQ(flock(descriptor_, LOCK_EX), 0);
  }
  void TearDown() override { close(descriptor_); }
  nmsw::testing::TemporaryFolder folder_;
  int descriptor_ = -1;
  CountedWaiting counted_;
};

TEST_F(HeldFolder, IsNotWaitedForWithoutEnd) {
  const std::string fault =
      fault_of([&] { ResultStore::open(folder_ / "r.sqlite", with(counted_.waiting)); });
  EXPECT_THAT(fault, AllOf(HasSubstr(folder_.path().string()), HasSubstr("60 s"),
                           HasSubstr("r.sqlite"), HasSubstr("--db")));
  EXPECT_EQ(counted_.notes.size(), 1u);
}

TEST_F(HeldFolder, IsTakenWhenItIsFree) {
  counted_.when = [&](int pauses_ms) {
    if (pauses_ms >= 10000) flock(descriptor_, LOCK_UN);
  };
  EXPECT_TRUE(
      ResultStore::open(folder_ / "r.sqlite", with(counted_.waiting)).experiments().empty());
  EXPECT_GE(counted_.pauses_ms, 10000);
}

TEST_F(HeldFolder, IsLeftWhenTheWorkShouldStop) {
  counted_.waiting.stop = [&] { return counted_.pauses_ms >= 100; };
  EXPECT_THROW(ResultStore::open(folder_ / "r.sqlite", with(counted_.waiting)), Interrupted);
  EXPECT_FALSE(std::filesystem::exists(folder_ / "r.sqlite"));
}

/// Another program is in the middle of a write.
class HeldDatabase : public ::testing::Test {
 protected:
  void SetUp() override {
    store_.disconnect();
    other_.emplace(store_.file(), Access::create);
    other_->execute("BEGIN IMMEDIATE");
  }
  ResultStore opened() { return ResultStore::open(store_.file(), with(counted_.waiting)); }
  TestStore store_;
  std::optional<Database> other_;
  CountedWaiting counted_;
};

TEST_F(HeldDatabase, IsNotWaitedForWithoutEnd) {
  ResultStore store = opened();
  EXPECT_THAT(fault_of([&] { store.add_experiment("x", "", ""); }),
              AllOf(HasSubstr(store_.file().string()), HasSubstr("another program holds it")));
  EXPECT_EQ(counted_.pauses_ms, counted_.waiting.limit_ms);
  EXPECT_EQ(counted_.notes.size(), 1u);
}

TEST_F(HeldDatabase, IsWrittenWhenItIsFree) {
  ResultStore store = opened();
  counted_.when = [&](int pauses_ms) {
    if (pauses_ms >= 10000 && other_) {
      other_->execute("COMMIT");
      other_.reset();
    }
  };
  store.add_experiment("x", "", "");
  EXPECT_EQ(store.experiments().size(), 2u);
}

TEST_F(HeldDatabase, IsLeftWhenTheWorkShouldStop) {
  bool stop = false;
  counted_.waiting.stop = [&] { return stop; };
  ResultStore store = opened();
  counted_.when = [&](int pauses_ms) { stop = pauses_ms >= 100; };
  EXPECT_THROW(store.add_experiment("x", "", ""), Interrupted);
  EXPECT_LT(counted_.pauses_ms, 300);
  stop = false;
  other_->execute("COMMIT");
  store.add_experiment("x", "", "");
  EXPECT_EQ(store.experiments().size(), 2u) << "the store can be used after that";
}

}  // namespace
}  // namespace nmsw::results::testing
