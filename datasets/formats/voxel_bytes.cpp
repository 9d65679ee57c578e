#include "datasets/formats/voxel_bytes.h"

#include <algorithm>
#include <cmath>
#include <limits>

#include "datasets/formats/header_fields.h"
#include "nmsw/base/error.h"
#include "nmsw/base/plain_text.h"

namespace nmsw::datasets {
namespace {

namespace fs = std::filesystem;

/// Deflate's longest match is 258 bytes, its shortest code for one 2 bits.
constexpr int64_t kMostBytesOfOne = 1032;
constexpr std::string_view kSeparators = " \t\r\n\v\f,";

[[noreturn]] void fail_truncated(const std::string& file, int64_t promised, size_t there) {
  throw DataError(
      "{}: is truncated, the header promises {} bytes of voxels but there are {}; copy or "
      "download the file again",
      file, promised, there);
}

void note_tail(size_t bytes, const std::string& file, std::vector<std::string>& notes) {
  if (bytes == 0) return;
  notes.push_back(fmt::format("{}: {} bytes after its last voxel are not used", file, bytes));
}

bool fits(double value, VoxelType type) {
  const bool real = type == VoxelType::float32 || type == VoxelType::float64;
  if (real) return true;
  const bool is_signed = type == VoxelType::int8 || type == VoxelType::int16 ||
                         type == VoxelType::int32 || type == VoxelType::int64;
  const double values = std::ldexp(1.0, static_cast<int>(8 * bytes_of(type)));
  const double least = is_signed ? -values / 2 : 0;
  return value == std::floor(value) && value >= least && value < least + values;
}

int hex_digit(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return -1;
}

}  // namespace

void require_expandable(size_t packed_bytes, int64_t promised_bytes, const std::string& file) {
  if (promised_bytes / kMostBytesOfOne <= static_cast<int64_t>(packed_bytes)) return;
  throw DataError(
      "{}: is truncated, the header promises {} bytes of voxels but {} compressed bytes hold at "
      "most {}; copy or download the file again",
      file, promised_bytes, packed_bytes, static_cast<int64_t>(packed_bytes) * kMostBytesOfOne);
}

std::string_view promised_voxels(std::string_view bytes, int64_t promised_bytes,
                                 const std::string& file, std::vector<std::string>& notes) {
  if (static_cast<int64_t>(bytes.size()) < promised_bytes)
    fail_truncated(file, promised_bytes, bytes.size());
  note_tail(bytes.size() - static_cast<size_t>(promised_bytes), file, notes);
  return bytes.substr(0, static_cast<size_t>(promised_bytes));
}

std::vector<float> text_voxels(std::string_view text, VoxelType type, int64_t count,
                               const std::string& file, std::vector<std::string>& notes) {
  // A digit each and something between them.
  const int64_t least = 2 * count - 1;
  if (static_cast<int64_t>(text.size()) < least) fail_truncated(file, least, text.size());
  std::vector<float> voxels;
  voxels.reserve(static_cast<size_t>(count));
  size_t at = text.find_first_not_of(kSeparators);
  for (; static_cast<int64_t>(voxels.size()) < count;
       at = text.find_first_not_of(kSeparators, at)) {
    if (at == std::string_view::npos) {
      throw DataError(
          "{}: is truncated, the header promises {} voxels but there are {}; copy or download the "
          "file again",
          file, count, voxels.size());
    }
    const size_t end = std::min(text.size(), text.find_first_of(kSeparators, at));
    const auto value = real_number(text.substr(at, end - at));
    if (!value || !fits(*value, type)) {
      throw DataError(
          "{}: voxel {} is no number of the header's type; the file is damaged, export the image "
          "again",
          file, voxels.size());
    }
    voxels.push_back(static_cast<float>(*value));
    at = end;
  }
  note_tail(at == std::string_view::npos ? 0 : text.size() - at, file, notes);
  return voxels;
}

std::string hex_bytes(std::string_view text, int64_t promised_bytes, const std::string& file) {
  if (static_cast<int64_t>(text.size()) / 2 < promised_bytes)
    fail_truncated(file, promised_bytes, text.size() / 2);
  std::string bytes;
  int high = -1;
  for (const char c : text) {
    if (static_cast<int64_t>(bytes.size()) == promised_bytes) break;
    if (kSeparators.find(c) != std::string_view::npos && c != ',') continue;
    const int digit = hex_digit(c);
    if (digit < 0) {
      throw DataError(
          "{}: byte {} of its voxels is not hexadecimal; the file is damaged, export the image "
          "again",
          file, bytes.size());
    }
    if (high >= 0) bytes += static_cast<char>(high * 16 + digit);
    high = high >= 0 ? -1 : digit;
  }
  if (static_cast<int64_t>(bytes.size()) < promised_bytes)
    fail_truncated(file, promised_bytes, bytes.size());
  return bytes;
}

fs::path voxel_file_of(const fs::path& header, const std::string& name) {
  if (name.find('%') != std::string::npos || lower_case(name).rfind("list", 0) == 0) {
    throw DataError("{}: spreads its voxels over several files; save it as one .nrrd or .mha file",
                    header.string());
  }
  if (name.empty() || name == "." || name == ".." || name == "-" ||
      name.find_first_of("/\\") != std::string::npos || name.find('\0') != std::string::npos) {
    throw DataError(
        "{}: its voxels must be in a file of the same folder, named without a path; lay that file "
        "beside the header and correct the name in it",
        header.string());
  }
  const fs::path file = header.parent_path() / name;
  std::error_code ignored;
  if (!fs::is_regular_file(file, ignored)) {
    throw DataError("{}: its voxel file {} is absent; keep both side by side", header.string(),
                    file.string());
  }
  if (fs::equivalent(file, header, ignored)) {
    throw DataError(
        "{}: names itself as its voxel file; correct the header or export the image again",
        header.string());
  }
  return file;
}

}  // namespace nmsw::datasets
