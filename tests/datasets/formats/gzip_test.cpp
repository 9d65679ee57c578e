#include "datasets/formats/gzip.h"

#include <gtest/gtest.h>
#include <omp.h>

#include <random>

#include "nmsw/base/error.h"
#include "tests/support/expect_error.h"

namespace nmsw::datasets {
namespace {

using testing::expect_error;

constexpr size_t kMiB = size_t{1} << 20;

std::string random_bytes(size_t count) {
  std::mt19937 random(1);
  std::string bytes(count, '\0');
  for (char& byte : bytes) byte = static_cast<char>(random());
  return bytes;
}

std::string label_bytes(size_t count) {
  std::string bytes(count, '\0');
  for (size_t i = 0; i < count; ++i) bytes[i] = static_cast<char>(i / 1000 % 7);
  return bytes;
}

TEST(Gzip, GivesBackWhatItTookAroundItsPieces) {
  for (const size_t count : {size_t{0}, size_t{1}, kMiB - 1, kMiB, kMiB + 1, 3 * kMiB + 5}) {
    for (const std::string& bytes : {random_bytes(count), label_bytes(count)}) {
      const std::string packed = gzip(bytes);
      EXPECT_TRUE(is_gzip(packed));
      EXPECT_TRUE(gunzip(packed, kAnyLength, "a test") == bytes) << count;
    }
  }
  EXPECT_LT(gzip(label_bytes(3 * kMiB)).size(), kMiB / 20);
}

TEST(Gzip, GivesTheSameBytesWithAnyNumberOfThreads) {
  const int threads = omp_get_max_threads();
  const std::string bytes = label_bytes(5 * kMiB) + random_bytes(kMiB);
  omp_set_num_threads(1);
  const std::string alone = gzip(bytes);
  omp_set_num_threads(3);
  const std::string together = gzip(bytes);
  omp_set_num_threads(threads);
  EXPECT_TRUE(alone == together);
}

TEST(Gzip, ReadsMembersOneBehindTheOther) {
  const std::string first = label_bytes(3 * kMiB), second = random_bytes(1000);
  const std::string members = gzip(first) + gzip(second) + gzip("") + gzip(first);
  EXPECT_TRUE(gunzip(members + std::string(512, '\0'), kAnyLength, "a test") ==
              first + second + first);
}

// Room for a whole image, or for what the last four bytes say, at each of them: hours for some MB.
TEST(Gzip, ReadsManyEmptyMembers) {
  const std::string empty = gzip(""), content = label_bytes(1000);
  std::string members;
  for (int i = 0; i < 100'000; ++i) members += empty;
  EXPECT_TRUE(gunzip(members + gzip(content), kAnyLength, "a test") == content);
  const std::string lying =
      members + gzip(content).substr(0, gzip(content).size() - 4) + std::string("\0\0\0\1", 4);
  expect_error<DataError>([&] { gunzip(lying, kAnyLength, "a.gz"); }, {"a.gz", "damaged"});
}

TEST(Gzip, SaysWhatIsWrongWithAStream) {
  const std::string packed = gzip(random_bytes(10000));
  expect_error<DataError>([&] { gunzip(packed.substr(0, 5000), kAnyLength, "a.gz"); },
                          {"a.gz", "truncated"});
  std::string changed = packed;
  changed[5000] ^= 1;
  expect_error<DataError>([&] { gunzip(changed, kAnyLength, "a.gz"); }, {"a.gz", "damaged"});
  expect_error<DataError>([&] { gunzip(packed + "x", kAnyLength, "a.gz"); },
                          {"a.gz", "unknown bytes"});
}

}  // namespace
}  // namespace nmsw::datasets
