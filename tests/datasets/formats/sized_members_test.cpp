#include "datasets/formats/sized_members.h"

#include <gtest/gtest.h>

#include <random>

#include "datasets/formats/gzip.h"
#include "nmsw/base/error.h"
#include "tests/support/expect_error.h"

namespace nmsw::datasets {
namespace {

using testing::expect_error;

void append_short(size_t number, std::string& to) {
  to += static_cast<char>(number & 0xFFU);
  to += static_cast<char>(number >> 8 & 0xFFU);
}

/// One member that says its size, as bgzip writes it; `other` is an extra field before that one.
std::string sized_member(const std::string& bytes, const std::string& other = "") {
  constexpr size_t kPlainHeader = 10, kSizeField = 6;
  const std::string plain = gzip(bytes);
  std::string member("\x1f\x8b\x08\x04\0\0\0\0\0\xff", kPlainHeader);
  append_short(other.size() + kSizeField, member);
  member += other + "BC";
  append_short(2, member);
  append_short(plain.size() + 2 + other.size() + kSizeField - 1, member);
  return member + plain.substr(kPlainHeader);
}

std::string some_bytes(size_t count) {
  std::mt19937 random(7);
  std::string bytes(count, '\0');
  for (char& byte : bytes) byte = static_cast<char>(random() % 5);
  return bytes;
}

/// Many members and the empty one that ends such a file.
std::string file_of(const std::string& bytes, size_t piece) {
  std::string file;
  for (size_t at = 0; at < bytes.size(); at += piece) file += sized_member(bytes.substr(at, piece));
  return file + sized_member("");
}

TEST(SizedMembers, GiveWhatAllMembersHold) {
  const std::string bytes = some_bytes(300000);
  for (const size_t piece : {1000, 65280, 65536}) {
    const std::string file = file_of(bytes, piece);
    const auto found = gunzip_sized_members(file, kAnyLength);
    ASSERT_TRUE(found) << piece;
    EXPECT_TRUE(*found == bytes) << piece;
    EXPECT_TRUE(gunzip(file, kAnyLength, "a test") == bytes) << piece;
    EXPECT_TRUE(gunzip_sized_members(file + std::string(512, '\0'), kAnyLength) == bytes) << piece;
  }
  EXPECT_TRUE(gunzip_sized_members(sized_member(""), kAnyLength) == "");
}

TEST(SizedMembers, MayHaveOtherExtraFields) {
  const std::string other("AB\x03\0xyz", 7);
  EXPECT_TRUE(gunzip_sized_members(sized_member("voxels", other), kAnyLength) == "voxels");
}

TEST(SizedMembers, LeaveOtherFilesToGunzip) {
  const std::string bytes = some_bytes(1000), sized = sized_member(bytes);
  EXPECT_FALSE(gunzip_sized_members("", kAnyLength));
  EXPECT_FALSE(gunzip_sized_members("no gzip", kAnyLength));
  EXPECT_FALSE(gunzip_sized_members(gzip(bytes), kAnyLength));
  EXPECT_FALSE(gunzip_sized_members(sized + gzip(bytes), kAnyLength));
  EXPECT_TRUE(gunzip(sized + gzip(bytes), kAnyLength, "a test") == bytes + bytes);
}

TEST(SizedMembers, OfADamagedFileSayWhatAnyFileDoes) {
  const std::string file = file_of(some_bytes(100000), 20000);
  for (size_t length = 0; length < 200; ++length) {
    EXPECT_FALSE(gunzip_sized_members(file.substr(0, length), kAnyLength)) << length;
  }
  std::string changed = file;
  changed[file.size() / 2] ^= 1;
  EXPECT_FALSE(gunzip_sized_members(changed, kAnyLength));
  expect_error<DataError>([&] { gunzip(changed, kAnyLength, "a.gz"); }, {"a.gz", "damaged"});
  expect_error<DataError>([&] { gunzip(file.substr(0, file.size() / 2), kAnyLength, "a.gz"); },
                          {"a.gz", "truncated"});
  expect_error<DataError>([&] { gunzip(file + "x", kAnyLength, "a.gz"); },
                          {"a.gz", "unknown bytes"});
  // A size that the trailer makes up.
  std::string wrong = file;
  wrong[file.size() - 4] = 1;
  EXPECT_FALSE(gunzip_sized_members(wrong, kAnyLength));
}

}  // namespace
}  // namespace nmsw::datasets
