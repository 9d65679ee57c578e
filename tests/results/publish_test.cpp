#include <gtest/gtest.h>

#include "nmsw/base/atomic_file.h"
#include "tests/results/canned_store.h"

namespace nmsw::results::testing {
namespace {

namespace fs = std::filesystem;

TEST(Publish, GivesOneTaskAsOneFileThatMergeTakes) {
  TestStore own, out;
  own->add_tasks({training("t"), evaluation("e"), evaluation("z", "zoom_out")});
  out->add_tasks({training("t"), evaluation("e"), evaluation("z", "zoom_out")});
  const fs::path log = own.folder() / "a.txt";
  write_text_atomically(log, "words");
  TaskResult result;
  result.metrics = {score("c1", 1, "dsc", 0.5)};
  result.artifacts = {{"log", log.string(), "00", 5}};
  run_task(*own, "e", result);
  run_task(*own, "z", result);
  const nmsw::testing::TemporaryFolder shared;
  const auto file = own->publish("e", shared.path());
  ASSERT_TRUE(file);
  std::vector<fs::path> files;
  for (const auto& entry : fs::directory_iterator(shared.path())) files.push_back(entry.path());
  EXPECT_EQ(files, std::vector<fs::path>{*file}) << "no log, no journal, nothing in part";
  EXPECT_EQ(count(ResultStore::open_read_only(*file), "task"), 1);
  EXPECT_EQ(out->merge({*file}).results_added, 1);
  EXPECT_EQ(out->task("e")->state, "done");
  EXPECT_EQ(out->task("z")->state, "pending");
  EXPECT_EQ(count(*out, "metric_value WHERE value = 0.5"), 1);
  EXPECT_EQ(fs::canonical(out->artifacts("e").at(0).path), fs::canonical(log));
  EXPECT_EQ(out->merge({*file}).results_added, 0);
  EXPECT_EQ(count(*out, "run"), 1);
}

TEST(Publish, NothingOfATaskThatHasNotEnded) {
  TestStore own;
  own->add_tasks({training("t")});
  const nmsw::testing::TemporaryFolder shared;
  EXPECT_FALSE(own->publish("t", shared.path()));
  EXPECT_FALSE(own->publish("unknown", shared.path()));
  const auto claim = own->claim("w", 60, {"t"});
  EXPECT_FALSE(own->publish("t", shared.path()));
  EXPECT_EQ(own->release(*claim), Written::stored);
  EXPECT_FALSE(own->publish("t", shared.path()));
}

TEST(Publish, AFailureWithItsWords) {
  TestStore own, out;
  own->add_tasks({training("t")});
  out->add_tasks({training("t")});
  const auto claim = own->claim("w", 60, {"t"});
  EXPECT_EQ(own->fail(*claim, {}, "no class 3"), Written::stored);
  const nmsw::testing::TemporaryFolder shared;
  out->merge({*own->publish("t", shared.path())});
  EXPECT_EQ(out->task("t")->state, "failed");
  EXPECT_EQ(out->task("t")->last_error, "no class 3");
}

}  // namespace
}  // namespace nmsw::results::testing
