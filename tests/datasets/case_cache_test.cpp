#include "datasets/case_cache.h"

#include <atomic>
#include <chrono>
#include <thread>

#include <gtest/gtest.h>

#include "nmsw/base/atomic_file.h"
#include "tests/support/make_volume.h"
#include "tests/support/temporary_folder.h"

namespace nmsw::datasets {
namespace {

namespace fs = std::filesystem;
using testing::TemporaryFolder;

constexpr int64_t kPlenty = int64_t{1} << 30;

PreparedCase make_case(uint64_t seed) {
  const Geometry geometry = testing::oblique_geometry({7, 6, 5});
  const LabelVolume label = testing::random_label(geometry, 9, seed);
  FitConfig fit;
  fit.minimum_xyz = {8, 8, 8};
  PreprocessConfig config;
  config.spacing_xyz_mm = Real3{1, 1, 1.7};
  PreparedCase prepared =
      prepare_case("case", testing::random_image(geometry, seed), &label, config, fit);
  prepared.notes = {"a note"};
  return prepared;
}

void expect_same(const PreparedCase& got, const PreparedCase& want) {
  EXPECT_EQ(got.case_id, want.case_id);
  EXPECT_EQ(got.image.voxels, want.image.voxels);
  EXPECT_EQ(got.label.voxels, want.label.voxels);
  EXPECT_EQ(to_json(got.transform), to_json(want.transform));
  EXPECT_EQ(got.image.geometry.origin_lps_mm, want.image.geometry.origin_lps_mm);
}

std::vector<fs::path> entries(const fs::path& folder) {
  std::vector<fs::path> paths;
  for (const auto& entry : fs::directory_iterator(folder)) paths.push_back(entry.path());
  return paths;
}

/// A maker that counts its calls.
struct Maker {
  uint64_t seed = 1;
  std::atomic<int> calls{0};
  std::function<PreparedCase()> function() {
    return [this] {
      ++calls;
      return make_case(seed);
    };
  }
};

TEST(CaseCache, ASecondLookUpGivesTheSameCaseWithoutMakingIt) {
  const TemporaryFolder folder;
  Maker maker;
  CaseCache cache(folder / "cache", kPlenty);
  const PreparedCase made = cache.get("key", maker.function());
  const PreparedCase stored = CaseCache(folder / "cache", kPlenty).get("key", maker.function());
  EXPECT_EQ(maker.calls, 1);
  expect_same(made, make_case(1));
  expect_same(stored, made);
  EXPECT_EQ(stored.notes, std::vector<std::string>{"a note"});
  maker.seed = 2;
  expect_same(cache.get("other key", maker.function()), make_case(2));
  EXPECT_EQ(maker.calls, 2);
}

TEST(CaseCache, ADamagedEntryIsMadeAgainWhereverItWasHit) {
  const TemporaryFolder folder;
  Maker maker;
  CaseCache cache(folder.path(), kPlenty);
  cache.get("key", maker.function());
  const fs::path file = entries(folder.path()).at(0);
  const std::string bytes = read_file(file);
  std::vector<std::string> damaged{"", bytes.substr(0, 20), bytes.substr(0, bytes.size() - 1),
                                   bytes + "x", "foreign"};
  for (size_t at = 0; at < bytes.size(); at += bytes.size() / 23) {
    damaged.push_back(bytes);
    damaged.back()[at] = static_cast<char>(damaged.back()[at] ^ 0x10);
  }
  int calls = 1;
  for (const std::string& text : damaged) {
    write_text_atomically(file, text);
    const PreparedCase again = cache.get("key", maker.function());
    EXPECT_EQ(maker.calls, ++calls);
    expect_same(again, make_case(1));
    EXPECT_NE(again.notes.back().find("damaged"), std::string::npos);
    EXPECT_EQ(read_file(file), bytes) << "the entry must have been replaced";
  }
}

TEST(CaseCache, AnotherKeysEntryUnderThisNameIsNotTaken) {
  const TemporaryFolder folder;
  Maker maker;
  CaseCache cache(folder.path(), kPlenty);
  cache.get("one", maker.function());
  const fs::path one = entries(folder.path()).at(0);
  maker.seed = 2;
  CaseCache(folder / "second", kPlenty).get("two", maker.function());
  fs::copy_file(entries(folder / "second").at(0), one, fs::copy_options::overwrite_existing);
  maker.seed = 1;
  expect_same(cache.get("one", maker.function()), make_case(1));
}

TEST(CaseCache, TheLeastRecentlyUsedEntryGivesWay) {
  const TemporaryFolder folder;
  Maker maker;
  CaseCache(folder.path(), kPlenty).get("a", maker.function());
  const fs::path file_a = entries(folder.path()).at(0);
  const auto bytes = static_cast<int64_t>(fs::file_size(file_a));
  CaseCache cache(folder.path(), 2 * bytes + bytes / 2);
  cache.get("b", maker.function());
  fs::path file_b;
  for (const fs::path& path : entries(folder.path())) {
    if (path != file_a) file_b = path;
  }
  const auto now = fs::file_time_type::clock::now();
  fs::last_write_time(file_a, now - std::chrono::hours(3));
  fs::last_write_time(file_b, now - std::chrono::hours(2));
  cache.get("a", maker.function());
  EXPECT_EQ(maker.calls, 2) << "a was stored and counts as used now";
  cache.get("c", maker.function());
  EXPECT_TRUE(fs::exists(file_a));
  EXPECT_FALSE(fs::exists(file_b));
  EXPECT_EQ(entries(folder.path()).size(), 2U);
}

TEST(CaseCache, ACaseBeyondTheBoundAndABoundOfZeroStoreNothing) {
  const TemporaryFolder folder;
  Maker maker;
  CaseCache small(folder.path(), 100);
  EXPECT_NE(small.get("key", maker.function()).notes.back().find("raise the cache's size"),
            std::string::npos);
  CaseCache none(folder / "none", 0);
  none.get("key", maker.function());
  EXPECT_EQ(maker.calls, 2);
  EXPECT_TRUE(entries(folder.path()).empty());
}

TEST(CaseCache, AFolderThatCannotBeMadeIsANoteOnly) {
  const TemporaryFolder folder;
  write_text_atomically(folder / "file", "x");
  Maker maker;
  const PreparedCase prepared =
      CaseCache(folder / "file" / "cache", kPlenty).get("key", maker.function());
  expect_same(prepared, make_case(1));
  EXPECT_NE(prepared.notes.back().find("not cached"), std::string::npos);
}

TEST(CaseCache, AbandonedTemporaryFilesAreClearedAway) {
  const TemporaryFolder folder;
  write_text_atomically(folder / ".tmp-1-0-old.case", "half");
  write_text_atomically(folder / ".tmp-1-0-new.case", "half");
  fs::last_write_time(folder / ".tmp-1-0-old.case",
                      fs::file_time_type::clock::now() - std::chrono::hours(5));
  Maker maker;
  CaseCache(folder.path(), kPlenty).get("key", maker.function());
  EXPECT_FALSE(fs::exists(folder / ".tmp-1-0-old.case"));
  EXPECT_TRUE(fs::exists(folder / ".tmp-1-0-new.case"));
}

TEST(CaseCache, ManyThreadsShareAFolderUnderPressure) {
  const TemporaryFolder folder;
  std::vector<PreparedCase> wanted;
  for (uint64_t seed = 0; seed < 4; ++seed) wanted.push_back(make_case(seed));
  Maker maker;
  CaseCache(folder.path(), kPlenty).get("probe", maker.function());
  const auto bytes = static_cast<int64_t>(fs::file_size(entries(folder.path()).at(0)));
  std::atomic<int> wrong{0};
  std::vector<std::thread> threads;
  for (int t = 0; t < 4; ++t) {
    threads.emplace_back([&, t] {
      CaseCache cache(folder.path(), 2 * bytes + bytes / 2);
      for (int i = 0; i < 25; ++i) {
        const auto seed = static_cast<size_t>((i * 7 + t) % 4);
        const PreparedCase got = cache.get(std::to_string(seed), [&] { return make_case(seed); });
        if (got.image.voxels != wanted[seed].image.voxels ||
            got.label.voxels != wanted[seed].label.voxels)
          ++wrong;
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(wrong, 0);
}

}  // namespace
}  // namespace nmsw::datasets
