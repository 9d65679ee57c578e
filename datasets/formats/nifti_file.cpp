#include "datasets/formats/nifti_file.h"

#include <algorithm>
#include <cstring>
#include <fstream>

#include "datasets/formats/gzip.h"
#include "nmsw/base/atomic_file.h"
#include "nmsw/base/error.h"

namespace nmsw::datasets {
namespace {

namespace fs = std::filesystem;

std::string read_plain(const fs::path& file) {
  std::string bytes = read_file(file);
  if (bytes.empty())
    throw DataError("{}: is empty; copy or download the file again", file.string());
  return is_gzip(bytes) ? gunzip(bytes, file.string()) : std::move(bytes);
}

/// The header's bytes, decompressed; the whole file where they cannot be had from its beginning.
std::string read_beginning(const fs::path& file) {
  constexpr size_t kLooked = size_t{64} << 10;
  std::string bytes(kLooked, '\0');
  std::ifstream stream(file, std::ios::binary);
  stream.read(bytes.data(), static_cast<std::streamsize>(bytes.size()));
  bytes.resize(static_cast<size_t>(stream.gcount()));
  if (is_gzip(bytes)) bytes = gunzip_beginning(bytes, kNiftiHeaderBytes, file.string());
  return bytes.size() < kNiftiHeaderBytes ? read_plain(file) : bytes;
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

template <class Stored>
void decode_as(const char* bytes, const NiftiInfo& info, std::vector<float>& voxels) {
  const bool plain = info.slope == 1 && info.intercept == 0;
  for (size_t i = 0; i < voxels.size(); ++i) {
    std::array<char, sizeof(Stored)> raw;
    std::memcpy(raw.data(), bytes + i * sizeof(Stored), sizeof(Stored));
    if (info.byte_swapped) std::reverse(raw.begin(), raw.end());
    Stored stored;
    std::memcpy(&stored, raw.data(), sizeof(Stored));
    voxels[i] = plain
                    ? static_cast<float>(stored)
                    : static_cast<float>(static_cast<double>(stored) * info.slope + info.intercept);
  }
}

void decode(const char* bytes, const NiftiInfo& info, std::vector<float>& voxels) {
  switch (info.type) {
    case NiftiType::uint8:
      return decode_as<uint8_t>(bytes, info, voxels);
    case NiftiType::int8:
      return decode_as<int8_t>(bytes, info, voxels);
    case NiftiType::int16:
      return decode_as<int16_t>(bytes, info, voxels);
    case NiftiType::uint16:
      return decode_as<uint16_t>(bytes, info, voxels);
    case NiftiType::int32:
      return decode_as<int32_t>(bytes, info, voxels);
    case NiftiType::uint32:
      return decode_as<uint32_t>(bytes, info, voxels);
    case NiftiType::int64:
      return decode_as<int64_t>(bytes, info, voxels);
    case NiftiType::uint64:
      return decode_as<uint64_t>(bytes, info, voxels);
    case NiftiType::float32:
      return decode_as<float>(bytes, info, voxels);
    case NiftiType::float64:
      return decode_as<double>(bytes, info, voxels);
  }
}

}  // namespace

ImageVolume read_nifti(const fs::path& file, std::vector<std::string>& notes) {
  const fs::path header_file = header_path(file);
  std::string bytes = read_plain(header_file);
  const NiftiInfo info = parse_nifti_header(bytes, header_file.string());
  fs::path voxel_file = header_file;
  if (info.pair) {
    voxel_file = partner(header_file, ".img");
    bytes = read_plain(voxel_file);
  }
  const int64_t needed = info.voxel_offset + info.geometry.voxel_count() * info.voxel_bytes;
  if (static_cast<int64_t>(bytes.size()) < needed) {
    throw DataError(
        "{}: is truncated, the header promises {} bytes but there are {}; copy or download the "
        "file again",
        voxel_file.string(), needed, bytes.size());
  }
  ImageVolume image;
  image.geometry = info.geometry;
  image.voxels.resize(static_cast<size_t>(info.geometry.voxel_count()));
  decode(bytes.data() + info.voxel_offset, info, image.voxels);
  notes.insert(notes.end(), info.notes.begin(), info.notes.end());
  return image;
}

NiftiInfo read_nifti_header(const fs::path& file) {
  const fs::path header_file = header_path(file);
  return parse_nifti_header(read_beginning(header_file), header_file.string());
}

std::string nifti_bytes(const NiftiHeader& header, std::string_view voxels) {
  std::string bytes(kNiftiVoxelOffset, '\0');
  std::memcpy(bytes.data(), &header, kNiftiHeaderBytes);
  bytes.append(voxels);
  return bytes;
}

}  // namespace nmsw::datasets
