#include "datasets/formats/nrrd_file.h"

#include <algorithm>

#include "datasets/formats/gzip.h"
#include "datasets/formats/voxel_bytes.h"
#include "nmsw/base/atomic_file.h"
#include "nmsw/base/error.h"

namespace nmsw::datasets {
namespace {

namespace fs = std::filesystem;

std::string_view without_lines(std::string_view data, int64_t lines, const std::string& file) {
  for (; lines > 0; --lines) {
    const size_t end = data.find('\n');
    if (end == std::string_view::npos) {
      throw DataError("{}: is truncated, its line skip goes beyond its end; copy the file again",
                      file);
    }
    data.remove_prefix(end + 1);
  }
  return data;
}

std::string_view without_bytes(std::string_view data, const NrrdHeader& header, int64_t promised,
                               const std::string& file) {
  const auto size = static_cast<int64_t>(data.size());
  const int64_t skipped =
      header.byte_skip < 0 ? std::max<int64_t>(0, size - promised) : header.byte_skip;
  if (skipped > size) {
    throw DataError("{}: is truncated, its byte skip goes beyond its end; copy the file again",
                    file);
  }
  return data.substr(static_cast<size_t>(skipped));
}

}  // namespace

ImageVolume nrrd_volume(const NrrdHeader& header, std::string_view data, const std::string& file,
                        std::vector<std::string>& notes) {
  ImageVolume image;
  image.geometry = header.geometry;
  const int64_t count = image.geometry.voxel_count();
  const int64_t promised = count * bytes_of(header.type);
  data = without_lines(data, header.line_skip, file);
  std::string decoded;
  if (header.encoding == NrrdEncoding::gzip) {
    if (!is_gzip(data)) {
      throw DataError(
          "{}: its voxels are no gzip stream as its header says; export the image again", file);
    }
    require_expandable(data.size(), promised + header.byte_skip, file);
    const auto most = static_cast<size_t>(promised + header.byte_skip) + kMostTailBytes;
    decoded = gunzip(data, most, file);
    data = decoded;
  }
  data = without_bytes(data, header, promised, file);
  if (header.encoding == NrrdEncoding::text) {
    image.voxels = text_voxels(data, header.type, count, file, notes);
    return image;
  }
  if (header.encoding == NrrdEncoding::hex) {
    decoded = hex_bytes(data, promised, file);
    data = decoded;
  }
  image.voxels =
      decode_voxels(promised_voxels(data, promised, file, notes), header.type, header.byte_swapped);
  return image;
}

ImageVolume read_nrrd(const fs::path& file, std::vector<std::string>& notes) {
  const std::string bytes = read_file(file);
  const NrrdHeader header = parse_nrrd_header(bytes, file.string());
  notes.insert(notes.end(), header.notes.begin(), header.notes.end());
  if (header.data_file.empty()) {
    return nrrd_volume(header, std::string_view(bytes).substr(header.header_bytes), file.string(),
                       notes);
  }
  const fs::path data_file = voxel_file_of(file, header.data_file);
  return nrrd_volume(header, read_file(data_file), data_file.string(), notes);
}

}  // namespace nmsw::datasets
