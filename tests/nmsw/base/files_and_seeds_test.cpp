#include <gtest/gtest.h>

#include <set>

#include "nmsw/base/atomic_file.h"
#include "nmsw/base/digest.h"
#include "nmsw/base/error.h"
#include "nmsw/base/seed.h"
#include "tests/support/temporary_folder.h"

namespace nmsw {
namespace {

TEST(Digest, AgreesWithThePublishedTestVector) {
  EXPECT_EQ(sha256_hex("abc"), "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
}

TEST(AtomicFile, KeepsTheOldFileWhenWritingFails) {
  const testing::TemporaryFolder folder;
  const auto file = folder.path() / "deep" / "a.txt";
  write_text_atomically(file, "old");
  EXPECT_THROW(write_atomically(file,
                                [](const std::filesystem::path& temporary) {
                                  write_text_atomically(temporary, "half");
                                  throw DataError("stopped half way");
                                }),
               DataError);
  EXPECT_EQ(read_file(file), "old");
  int files = 0;
  for ([[maybe_unused]] const auto& entry : std::filesystem::directory_iterator(file.parent_path()))
    ++files;
  EXPECT_EQ(files, 1) << "a temporary file was left behind";
}

TEST(AtomicFile, NamesAnUnreadableFile) {
  EXPECT_THROW(read_file("no/such/file"), DataError);
  EXPECT_THROW(sha256_file("no/such/file"), DataError);
}

TEST(Seed, DependsOnEveryAxisAndOnTheirBorders) {
  const std::set<uint64_t> seeds{derive_seed(0, {"a", "bc"}), derive_seed(0, {"ab", "c"}),
                                 derive_seed(1, {"a", "bc"}), derive_seed(0, {"a"}),
                                 derive_seed(0, {"bc", "a"})};
  EXPECT_EQ(seeds.size(), 5U);
  EXPECT_EQ(derive_seed(0, {"a", "bc"}), derive_seed(0, {"a", "bc"}));
}

TEST(Seed, DrawsHaveTheMomentsOfTheirDistribution) {
  uint64_t state = 7;
  double sum = 0;
  double normal_sum = 0;
  double normal_square = 0;
  constexpr int kDraws = 20000;
  for (int i = 0; i < kDraws; ++i) {
    sum += next_uniform(state);
    const double z = next_normal(state);
    normal_sum += z;
    normal_square += z * z;
    const int64_t index = next_index(state, 3);
    ASSERT_TRUE(index >= 0 && index < 3);
  }
  EXPECT_NEAR(sum / kDraws, 0.5, 0.01);
  EXPECT_NEAR(normal_sum / kDraws, 0.0, 0.03);
  EXPECT_NEAR(normal_square / kDraws, 1.0, 0.05);
}

}  // namespace
}  // namespace nmsw
