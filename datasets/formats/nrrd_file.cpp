#include "datasets/formats/nrrd_file.h"

#include <algorithm>
#include <cstring>

#include <fmt/format.h>

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

std::string type_lines(StoredType type) {
  switch (type) {
    case StoredType::uint8:
      return "type: unsigned char\n";
    case StoredType::int16:
    case StoredType::float32:
      break;
  }
  const uint16_t one = 1;
  char first = 0;
  std::memcpy(&first, &one, 1);
  return fmt::format("type: {}\nendian: {}\n", type == StoredType::int16 ? "short" : "float",
                     first == 1 ? "little" : "big");
}

std::string step_text(const Geometry& geometry, size_t axis) {
  const auto step = [&](size_t row) {
    return geometry.direction_lps[row * 3 + axis] * geometry.spacing_xyz_mm[axis];
  };
  return fmt::format("({},{},{})", step(0), step(1), step(2));
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

std::string nrrd_bytes(const Geometry& geometry, StoredType type, std::string_view voxels,
                       const std::string& pairs) {
  const Int3& extent = geometry.extent_xyz;
  const Real3& origin = geometry.origin_lps_mm;
  const std::string header = fmt::format(
      "NRRD0004\n{}dimension: 3\nspace: left-posterior-superior\nsizes: {} {} {}\n"
      "space directions: {} {} {}\nkinds: domain domain domain\nencoding: gzip\n"
      "space origin: ({},{},{})\n",
      type_lines(type), extent[0], extent[1], extent[2], step_text(geometry, 0),
      step_text(geometry, 1), step_text(geometry, 2), origin[0], origin[1], origin[2]);
  return header + pairs + "\n" + gzip(voxels);
}

}  // namespace nmsw::datasets
