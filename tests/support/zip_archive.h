#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include <zlib.h>

#include "tests/support/deflated.h"

namespace nmsw::testing {

struct ZippedFile {
  std::string name, content;
  bool deflate = false;
};

enum class ZipSizes { in_32_bits, in_64_bits };

/// An archive as APPNOTE.TXT describes it, and where each file's stored bytes begin.
inline std::string zip_archive(const std::vector<ZippedFile>& files, ZipSizes sizes,
                               std::vector<size_t>& begins) {
  const auto little_endian = [](uint64_t value, int count) {
    std::string bytes;
    for (int i = 0; i < count; ++i) bytes += static_cast<char>(value >> (8 * i) & 0xFFU);
    return bytes;
  };
  std::string all, directory;
  const bool wide = sizes == ZipSizes::in_64_bits;
  for (const ZippedFile& file : files) {
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

}  // namespace nmsw::testing
