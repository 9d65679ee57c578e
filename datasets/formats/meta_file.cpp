#include "datasets/formats/meta_file.h"

#include <algorithm>

#include "datasets/formats/gzip.h"
#include "datasets/formats/voxel_bytes.h"
#include "nmsw/base/atomic_file.h"
#include "nmsw/base/error.h"

namespace nmsw::datasets {
namespace {

namespace fs = std::filesystem;

/// The bytes behind those to skip.
std::string_view voxel_part(std::string_view data, const MetaHeader& header, int64_t promised,
                            const std::string& file) {
  const auto size = static_cast<int64_t>(data.size());
  const int64_t skipped =
      header.skipped_bytes < 0 ? std::max<int64_t>(0, size - promised) : header.skipped_bytes;
  if (skipped > size) {
    throw DataError("{}: is truncated, its HeaderSize goes beyond its end; copy the file again",
                    file);
  }
  return data.substr(static_cast<size_t>(skipped));
}

/// A stream tells its own end and is checked against its checksum, so that a wrong
/// CompressedDataSize loses nothing.
std::string decompressed(std::string_view data, const MetaHeader& header, int64_t promised,
                         const std::string& file, std::vector<std::string>& notes) {
  require_expandable(data.size(), promised, file);
  InflatedStream stream = inflate_stream(data, static_cast<size_t>(promised), file);
  const auto taken = static_cast<int64_t>(stream.taken);
  if (header.compressed_bytes >= 0 && header.compressed_bytes != taken) {
    notes.push_back(
        fmt::format("{}: its CompressedDataSize is {} where the stream has {} bytes; the stream is "
                    "whole and is used",
                    file, header.compressed_bytes, taken));
  } else if (taken < static_cast<int64_t>(data.size())) {
    notes.push_back(fmt::format("{}: {} bytes after its compressed stream are not used", file,
                                data.size() - stream.taken));
  }
  return std::move(stream.bytes);
}

}  // namespace

ImageVolume meta_volume(const MetaHeader& header, std::string_view data, const std::string& file,
                        std::vector<std::string>& notes) {
  ImageVolume image;
  image.geometry = header.geometry;
  const int64_t count = image.geometry.voxel_count();
  const int64_t promised = count * bytes_of(header.type);
  data = voxel_part(data, header, promised, file);
  if (!header.binary) {
    image.voxels = text_voxels(data, header.type, count, file, notes);
    return image;
  }
  std::string decoded;
  if (header.compressed) {
    decoded = decompressed(data, header, promised, file, notes);
    data = decoded;
  }
  image.voxels =
      decode_voxels(promised_voxels(data, promised, file, notes), header.type, header.byte_swapped);
  return image;
}

ImageVolume read_meta_image(const fs::path& file, std::vector<std::string>& notes) {
  const std::string bytes = read_file(file);
  const MetaHeader header = parse_meta_header(bytes, file.string());
  notes.insert(notes.end(), header.notes.begin(), header.notes.end());
  if (header.data_file.empty()) {
    return meta_volume(header, std::string_view(bytes).substr(header.header_bytes), file.string(),
                       notes);
  }
  const fs::path data_file = voxel_file_of(file, header.data_file);
  return meta_volume(header, read_file(data_file), data_file.string(), notes);
}

}  // namespace nmsw::datasets
