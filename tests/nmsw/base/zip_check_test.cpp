#include "nmsw/base/zip_check.h"

#include <gtest/gtest.h>
#include <zlib.h>

#include <string>
#include <vector>

#include "tests/support/zip_archive.h"

namespace nmsw {
namespace {

using testing::deflated;
using testing::zip_archive;
using testing::ZippedFile;
using testing::ZipSizes;

std::string inflated(const std::string& stored, size_t size) {
  z_stream stream{};
  inflateInit2(&stream, -MAX_WBITS);
  std::string to(size + 1, '\0');
  stream.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(stored.data()));
  stream.avail_in = static_cast<uInt>(stored.size());
  stream.next_out = reinterpret_cast<Bytef*>(to.data());
  stream.avail_out = static_cast<uInt>(to.size());
  inflate(&stream, Z_FINISH);
  to.resize(stream.total_out);
  inflateEnd(&stream);
  return to;
}

const std::vector<ZippedFile> kFiles{
    {"a/data.pkl", "some text"}, {"a/empty", ""}, {"a/code.py", std::string(300, 'x') + "y", true}};

TEST(ZipCheck, FindsNoFaultInSoundArchives) {
  for (const ZipSizes sizes : {ZipSizes::in_32_bits, ZipSizes::in_64_bits}) {
    std::vector<size_t> begins;
    const std::string all = zip_archive(kFiles, sizes, begins);
    EXPECT_TRUE(is_zip(all));
    EXPECT_EQ(zip_fault(all), "");
  }
}

// A deflate stream has bits without a meaning, and several that say the same.
TEST(ZipCheck, FindsEveryFlippedBitThatChangesAContent) {
  for (const ZipSizes sizes : {ZipSizes::in_32_bits, ZipSizes::in_64_bits}) {
    std::vector<size_t> begins;
    const std::string all = zip_archive(kFiles, sizes, begins);
    size_t changed = 0;
    for (size_t file = 0; file < kFiles.size(); ++file) {
      const size_t count = kFiles[file].deflate ? deflated(kFiles[file].content).size()
                                                : kFiles[file].content.size();
      for (size_t bit = 0; bit < 8 * count; ++bit) {
        std::string damaged = all;
        damaged[begins[file] + bit / 8] ^= static_cast<char>(1U << bit % 8);
        const bool same =
            kFiles[file].deflate && inflated(damaged.substr(begins[file], count),
                                             kFiles[file].content.size()) == kFiles[file].content;
        EXPECT_TRUE(same || zip_fault(damaged) != "") << kFiles[file].name << " bit " << bit;
        changed += same ? 0 : 1;
      }
    }
    EXPECT_GT(changed, 100U);
  }
}

TEST(ZipCheck, RefusesWhatIsCutOffAtAnyByte) {
  for (const ZipSizes sizes : {ZipSizes::in_32_bits, ZipSizes::in_64_bits}) {
    std::vector<size_t> begins;
    const std::string all = zip_archive(kFiles, sizes, begins);
    for (size_t size = 0; size < all.size(); ++size) {
      EXPECT_NE(zip_fault(std::string_view(all).substr(0, size)), "") << size;
    }
  }
}

// Whatever is replaced, a list or a content: what is accepted has the contents that were stored.
TEST(ZipCheck, AcceptsNoReplacedByteThatChangesAContent) {
  for (const ZipSizes sizes : {ZipSizes::in_32_bits, ZipSizes::in_64_bits}) {
    std::vector<size_t> begins;
    const std::string all = zip_archive(kFiles, sizes, begins);
    size_t refused = 0;
    for (size_t at = 0; at < all.size(); ++at) {
      for (const char value : {'\x00', '\x7F', '\xFF'}) {
        std::string damaged = all;
        damaged[at] = value;
        if (!zip_fault(damaged).empty()) {
          ++refused;
          continue;
        }
        for (size_t file = 0; file < kFiles.size(); ++file) {
          const ZippedFile& stored = kFiles[file];
          const std::string from = damaged.substr(begins[file]);
          const size_t size = stored.content.size();
          EXPECT_EQ(stored.deflate ? inflated(from, size) : from.substr(0, size), stored.content)
              << "byte " << at;
        }
      }
    }
    // Each file's signatures, method, CRC-32, sizes and place, and the record at the end.
    EXPECT_GT(refused, 100U);
  }
}

/// The same list entry so many times, all of one file.
std::string repeated(const ZippedFile& file, int count) {
  std::vector<size_t> begins;
  std::string all = zip_archive({file}, ZipSizes::in_32_bits, begins);
  const size_t list = all.find("PK\x01\x02"), end = all.find("PK\x05\x06");
  const std::string entry = all.substr(list, end - list);
  for (int i = 1; i < count; ++i) all.insert(list, entry);
  const size_t record = all.rfind("PK\x05\x06");
  for (const size_t at : {record + 8, record + 10}) {
    all[at] = static_cast<char>(count & 0xFF);
    all[at + 1] = static_cast<char>(count >> 8);
  }
  return all;
}

// Else the work were that of entries times bytes: hours for an archive of some megabytes.
TEST(ZipCheck, RefusesFilesThatShareBytes) {
  EXPECT_EQ(zip_fault(repeated({"a", std::string(200, 'x')}, 1)), "");
  EXPECT_EQ(zip_fault(repeated({"a", std::string(200, 'x')}, 9)), "files of it share bytes");
}

TEST(ZipCheck, RefusesWhatInflatesWithoutEnd) {
  std::vector<size_t> begins;
  const size_t most = size_t{64} << 20;
  const auto fault_of = [&](size_t size) {
    return zip_fault(
        zip_archive({{"a", std::string(size, '\0'), true}}, ZipSizes::in_32_bits, begins));
  };
  EXPECT_EQ(fault_of(most), "");
  EXPECT_EQ(fault_of(2 * most), "its files would hold more than an archive of its size can");
}

}  // namespace
}  // namespace nmsw
