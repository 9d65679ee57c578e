#include "nmsw/base/zip_check.h"

#include <gtest/gtest.h>
#include <zlib.h>

#include <string>
#include <vector>

namespace nmsw {
namespace {

std::string little_endian(uint64_t value, int count) {
  std::string bytes;
  for (int i = 0; i < count; ++i) bytes += static_cast<char>(value >> (8 * i) & 0xFFU);
  return bytes;
}

struct File {
  std::string name, content;
  bool deflate = false;
};

std::string deflated(const std::string& content) {
  z_stream stream{};
  deflateInit2(&stream, 9, Z_DEFLATED, -MAX_WBITS, 9, Z_DEFAULT_STRATEGY);
  std::string to(1000 + content.size(), '\0');
  stream.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(content.data()));
  stream.avail_in = static_cast<uInt>(content.size());
  stream.next_out = reinterpret_cast<Bytef*>(to.data());
  stream.avail_out = static_cast<uInt>(to.size());
  deflate(&stream, Z_FINISH);
  to.resize(stream.total_out);
  deflateEnd(&stream);
  return to;
}

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

enum class Sizes { in_32_bits, in_64_bits };

/// An archive as APPNOTE.TXT describes it, and where each file's stored bytes begin.
std::string archive(const std::vector<File>& files, Sizes sizes, std::vector<size_t>& begins) {
  std::string all, directory;
  const bool wide = sizes == Sizes::in_64_bits;
  for (const File& file : files) {
    const std::string stored = file.deflate ? deflated(file.content) : file.content;
    const uint64_t crc = crc32(0, reinterpret_cast<const Bytef*>(file.content.data()),
                               static_cast<uInt>(file.content.size()));
    const std::string head = little_endian(20, 2) + little_endian(0, 2) +
                             little_endian(file.deflate ? 8 : 0, 2) + little_endian(0, 4) +
                             little_endian(crc, 4);
    const std::string names = little_endian(file.name.size(), 2);
    const size_t at = all.size();
    all += "PK\x03\x04" + head + little_endian(stored.size(), 4) +
           little_endian(file.content.size(), 4) + names + little_endian(0, 2) + file.name;
    begins.push_back(all.size());
    all += stored;
    const std::string extra = wide ? little_endian(1, 2) + little_endian(24, 2) +
                                         little_endian(file.content.size(), 8) +
                                         little_endian(stored.size(), 8) + little_endian(at, 8)
                                   : "";
    const auto in_32 = [&](uint64_t value) { return little_endian(wide ? 0xFFFFFFFF : value, 4); };
    directory += "PK\x01\x02" + little_endian(20, 2) + head + in_32(stored.size()) +
                 in_32(file.content.size()) + names + little_endian(extra.size(), 2) +
                 little_endian(0, 2) + little_endian(0, 8) + in_32(at) + file.name + extra;
  }
  const size_t begin = all.size();
  all += directory;
  if (wide) {
    const size_t end64 = all.size();
    all += "PK\x06\x06" + little_endian(44, 8) + little_endian(45, 2) + little_endian(45, 2) +
           little_endian(0, 8) + little_endian(files.size(), 8) + little_endian(files.size(), 8) +
           little_endian(directory.size(), 8) + little_endian(begin, 8);
    all += "PK\x06\x07" + little_endian(0, 4) + little_endian(end64, 8) + little_endian(1, 4);
  }
  all += "PK\x05\x06" + little_endian(0, 4) + little_endian(files.size(), 2) +
         little_endian(files.size(), 2) + little_endian(directory.size(), 4) +
         little_endian(wide ? 0xFFFFFFFF : begin, 4) + little_endian(0, 2);
  return all;
}

const std::vector<File> kFiles{
    {"a/data.pkl", "some text"}, {"a/empty", ""}, {"a/code.py", std::string(300, 'x') + "y", true}};

TEST(ZipCheck, FindsNoFaultInSoundArchives) {
  for (const Sizes sizes : {Sizes::in_32_bits, Sizes::in_64_bits}) {
    std::vector<size_t> begins;
    const std::string all = archive(kFiles, sizes, begins);
    EXPECT_TRUE(is_zip(all));
    EXPECT_EQ(zip_fault(all), "");
  }
}

// A deflate stream has bits without a meaning, and several that say the same.
TEST(ZipCheck, FindsEveryFlippedBitThatChangesAContent) {
  for (const Sizes sizes : {Sizes::in_32_bits, Sizes::in_64_bits}) {
    std::vector<size_t> begins;
    const std::string all = archive(kFiles, sizes, begins);
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
  for (const Sizes sizes : {Sizes::in_32_bits, Sizes::in_64_bits}) {
    std::vector<size_t> begins;
    const std::string all = archive(kFiles, sizes, begins);
    for (size_t size = 0; size < all.size(); ++size) {
      EXPECT_NE(zip_fault(std::string_view(all).substr(0, size)), "") << size;
    }
  }
}

// Whatever is replaced, a list or a content: what is accepted has the contents that were stored.
TEST(ZipCheck, AcceptsNoReplacedByteThatChangesAContent) {
  for (const Sizes sizes : {Sizes::in_32_bits, Sizes::in_64_bits}) {
    std::vector<size_t> begins;
    const std::string all = archive(kFiles, sizes, begins);
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
          const File& stored = kFiles[file];
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

}  // namespace
}  // namespace nmsw
