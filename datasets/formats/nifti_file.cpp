#include "datasets/formats/nifti_file.h"

#include <cstring>
#include <fstream>

#include "datasets/formats/gzip.h"
#include "datasets/formats/voxel_bytes.h"
#include "nmsw/base/atomic_file.h"
#include "nmsw/base/error.h"

namespace nmsw::datasets {
namespace {

namespace fs = std::filesystem;

std::string read_bytes_of(const fs::path& file) {
  std::string bytes = read_file(file);
  if (bytes.empty())
    throw DataError("{}: is empty; copy or download the file again", file.string());
  return bytes;
}

/// The header's bytes, decompressed.
std::string header_of(std::string_view bytes, const std::string& file) {
  if (is_gzip(bytes)) return gunzip_beginning(bytes, kNiftiHeaderBytes, file);
  return std::string(bytes.substr(0, kNiftiHeaderBytes));
}

/// As header_of of the whole file, of which little is read.
std::string read_header_bytes(const fs::path& file) {
  constexpr size_t kLooked = size_t{64} << 10;
  std::string bytes(kLooked, '\0');
  std::ifstream stream(file, std::ios::binary);
  stream.read(bytes.data(), static_cast<std::streamsize>(bytes.size()));
  bytes.resize(static_cast<size_t>(stream.gcount()));
  std::string header = header_of(bytes, file.string());
  return header.size() < kNiftiHeaderBytes ? header_of(read_bytes_of(file), file.string()) : header;
}

/// The other file of a pair, compressed or not, in the case (.hdr or .HDR) that is there.
fs::path partner(const fs::path& file, const char* ending) {
  fs::path stem = file;
  if (stem.extension() == ".gz") stem.replace_extension();
  for (const char* suffix : {"", ".gz"}) {
    fs::path candidate = stem;
    candidate.replace_extension(ending);
    candidate += suffix;
    if (fs::exists(candidate)) return candidate;
  }
  throw DataError("{}: its {} file is absent; keep both files of the pair side by side",
                  file.string(), ending);
}

fs::path header_path(const fs::path& file) {
  fs::path stem = file;
  if (stem.extension() == ".gz") stem.replace_extension();
  return stem.extension() == ".img" ? partner(file, ".hdr") : file;
}

VoxelType voxel_type(NiftiType type) {
  switch (type) {
    case NiftiType::uint8:
      return VoxelType::uint8;
    case NiftiType::int8:
      return VoxelType::int8;
    case NiftiType::int16:
      return VoxelType::int16;
    case NiftiType::uint16:
      return VoxelType::uint16;
    case NiftiType::int32:
      return VoxelType::int32;
    case NiftiType::uint32:
      return VoxelType::uint32;
    case NiftiType::int64:
      return VoxelType::int64;
    case NiftiType::uint64:
      return VoxelType::uint64;
    case NiftiType::float32:
      return VoxelType::float32;
    case NiftiType::float64:
      return VoxelType::float64;
  }
  return VoxelType::float64;
}

}  // namespace

NiftiInfo nifti_info(std::string_view bytes, const std::string& file) {
  return parse_nifti_header(header_of(bytes, file), file);
}

ImageVolume nifti_volume(const NiftiInfo& info, std::string_view bytes, const std::string& file,
                         std::vector<std::string>& notes) {
  const int64_t voxel_bytes = info.geometry.voxel_count() * info.voxel_bytes;
  const int64_t needed = info.voxel_offset + voxel_bytes;
  std::string decoded;
  if (is_gzip(bytes)) {
    require_expandable(bytes.size(), needed, file);
    decoded = gunzip(bytes, static_cast<size_t>(needed) + kMostTailBytes, file);
    bytes = decoded;
  }
  if (static_cast<int64_t>(bytes.size()) < needed) {
    throw DataError(
        "{}: is truncated, the header promises {} bytes but there are {}; copy or download the "
        "file again",
        file, needed, bytes.size());
  }
  const std::string_view voxels = bytes.substr(static_cast<size_t>(info.voxel_offset));
  ImageVolume image;
  image.geometry = info.geometry;
  image.voxels =
      decode_voxels(promised_voxels(voxels, voxel_bytes, file, notes), voxel_type(info.type),
                    info.byte_swapped, {info.slope, info.intercept});
  return image;
}

ImageVolume read_nifti(const fs::path& file, std::vector<std::string>& notes) {
  const fs::path header_file = header_path(file);
  const std::string bytes = read_bytes_of(header_file);
  const NiftiInfo info = nifti_info(bytes, header_file.string());
  notes.insert(notes.end(), info.notes.begin(), info.notes.end());
  if (!info.pair) return nifti_volume(info, bytes, file.string(), notes);
  const fs::path voxel_file = partner(header_file, ".img");
  return nifti_volume(info, read_bytes_of(voxel_file), voxel_file.string(), notes);
}

NiftiInfo read_nifti_header(const fs::path& file) {
  const fs::path header_file = header_path(file);
  return parse_nifti_header(read_header_bytes(header_file), header_file.string());
}

std::string nifti_bytes(const NiftiHeader& header, std::string_view voxels,
                        std::string_view extension) {
  std::string bytes(kNiftiVoxelOffset, '\0');
  NiftiHeader stored = header;
  if (!extension.empty()) {
    stored.vox_offset = static_cast<float>(kNiftiVoxelOffset + extension.size());
    bytes[kNiftiHeaderBytes] = 1;
  }
  std::memcpy(bytes.data(), &stored, kNiftiHeaderBytes);
  bytes.append(extension);
  bytes.append(voxels);
  return bytes;
}

}  // namespace nmsw::datasets
