#include "datasets/formats/meta_image_check.h"

#include <algorithm>
#include <array>
#include <map>
#include <sstream>
#include <string>
#include <string_view>

#include "datasets/formats/gzip.h"
#include "nmsw/base/atomic_file.h"
#include "nmsw/base/error.h"

namespace nmsw::datasets {
namespace {

namespace fs = std::filesystem;

constexpr size_t kLongestLine = 4096;

struct MetaHeader {
  std::map<std::string, std::string> values;
  size_t bytes = 0;  ///< where the voxels of a LOCAL file begin
};

std::string trimmed(std::string_view text) {
  const size_t first = text.find_first_not_of(" \t\r");
  if (first == std::string_view::npos) return "";
  return std::string(text.substr(first, text.find_last_not_of(" \t\r") - first + 1));
}

MetaHeader read_header(std::string_view bytes, const std::string& file) {
  MetaHeader header;
  while (header.values.count("ElementDataFile") == 0) {
    const size_t end = bytes.find('\n', header.bytes);
    const size_t equals = bytes.find('=', header.bytes);
    if (end == std::string_view::npos || end - header.bytes > kLongestLine || equals > end) {
      throw DataError(
          "{}: is not a MetaImage (no complete header up to ElementDataFile); the file is "
          "truncated, damaged "
          "or of another kind, copy or export it again",
          file);
    }
    header.values[trimmed(bytes.substr(header.bytes, equals - header.bytes))] =
        trimmed(bytes.substr(equals + 1, end - equals - 1));
    header.bytes = end + 1;
  }
  for (const char* key : {"NDims", "DimSize", "ElementType"}) {
    if (header.values.count(key) == 0) {
      throw DataError("{}: its MetaImage header lacks {}; export the image again", file, key);
    }
  }
  return header;
}

int64_t element_bytes(const std::string& type, const std::string& file) {
  constexpr std::array<std::pair<std::string_view, int64_t>, 12> kTypes{{{"MET_CHAR", 1},
                                                                         {"MET_UCHAR", 1},
                                                                         {"MET_SHORT", 2},
                                                                         {"MET_USHORT", 2},
                                                                         {"MET_INT", 4},
                                                                         {"MET_UINT", 4},
                                                                         {"MET_LONG", 4},
                                                                         {"MET_ULONG", 4},
                                                                         {"MET_LONG_LONG", 8},
                                                                         {"MET_ULONG_LONG", 8},
                                                                         {"MET_FLOAT", 4},
                                                                         {"MET_DOUBLE", 8}}};
  for (const auto& [name, bytes] : kTypes) {
    if (type == name) return bytes;
  }
  throw DataError(
      "{}: its voxels are of type {}, expected one integer or real number each; convert it", file,
      type);
}

/// How many bytes the voxels take once decompressed.
int64_t promised_bytes(const MetaHeader& header, const std::string& file) {
  constexpr int64_t kMost = int64_t{1} << 40;
  const auto channels = header.values.find("ElementNumberOfChannels");
  int64_t bytes = element_bytes(header.values.at("ElementType"), file);
  std::istringstream sizes(header.values.at("DimSize") +
                           (channels == header.values.end() ? "" : " " + channels->second));
  for (int64_t size = 0; sizes >> size;) {
    if (size < 1 || size > kMost / bytes) {
      throw DataError(
          "{}: its size {} is impossible; the header is damaged, export the image again", file,
          header.values.at("DimSize"));
    }
    bytes *= size;
  }
  return bytes;
}

void check_voxels(std::string_view voxels, const MetaHeader& header, int64_t promised,
                  const std::string& file) {
  const auto compressed = header.values.find("CompressedData");
  std::string decoded;
  if (compressed != header.values.end() && !compressed->second.empty() &&
      (compressed->second[0] == 'T' || compressed->second[0] == 't' ||
       compressed->second[0] == '1')) {
    decoded = inflate_stream(voxels, file);
    voxels = decoded;
  }
  if (static_cast<int64_t>(voxels.size()) < promised) {
    throw DataError(
        "{}: is truncated, the header promises {} bytes of voxels but there are {}; copy or "
        "download the "
        "file again",
        file, promised, voxels.size());
  }
}

}  // namespace

void check_meta_image(const fs::path& file) {
  const std::string bytes = read_file(file);
  const MetaHeader header = read_header(bytes, file.string());
  const int64_t promised = promised_bytes(header, file.string());
  const std::string& source = header.values.at("ElementDataFile");
  if (source == "LOCAL" || source == "Local" || source == "local") {
    return check_voxels(std::string_view(bytes).substr(header.bytes), header, promised,
                        file.string());
  }
  if (source.rfind("LIST", 0) == 0 || source.find('%') != std::string::npos) {
    throw DataError("{}: spreads its voxels over several files; save it as one .mha file",
                    file.string());
  }
  const fs::path voxel_file = file.parent_path() / source;
  if (!fs::is_regular_file(voxel_file)) {
    throw DataError("{}: its voxel file {} is absent; keep both side by side", file.string(),
                    voxel_file.string());
  }
  check_voxels(read_file(voxel_file), header, promised, voxel_file.string());
}

}  // namespace nmsw::datasets
