#include "datasets/formats/openkbp_file.h"

#include <algorithm>
#include <cmath>
#include <fstream>

#include "datasets/formats/bounded_lines.h"
#include "datasets/formats/header_fields.h"
#include "datasets/formats/sparse_csv.h"
#include "datasets/grid/geometry.h"
#include "nmsw/base/error.h"
#include "nmsw/base/plain_text.h"

namespace nmsw::datasets {
namespace fs = std::filesystem;
namespace {

/// The format fixes it; no file says so.
constexpr int64_t kSide = 128;
constexpr float kMostValue = 4095;
constexpr float kHuOfZero = -1000;

std::ifstream opened(const fs::path& file) {
  std::ifstream stream(file, std::ios::binary);
  if (!stream)
    throw DataError("{}: cannot be opened; check the file and its rights", file.string());
  return stream;
}

/// The three numbers of voxel_dimensions.csv, in the order of its lines.
Real3 voxel_sides_mm(const fs::path& file) {
  if (!fs::exists(file)) {
    throw DataError(
        "{}: no such file, but a .csv image is read as a file of an OpenKBP patient's folder, "
        "which "
        "holds its voxel sides there; fetch it",
        file.string());
  }
  std::ifstream stream = opened(file);
  BoundedLines lines(stream, file.string());
  Real3 sides{};
  size_t count = 0;
  for (std::string_view line; lines.next(line); ++count) {
    const auto side = real_number(line);
    if (count == sides.size() || !side || !std::isfinite(*side) || !(*side > 0)) {
      lines.fail(
          fmt::format("'{}'; expected three voxel sides in mm, a line each, and nothing "
                      "else; fetch the file again",
                      printable_word(line)));
    }
    sides[count] = *side;
  }
  if (count != sides.size()) {
    throw DataError("{}: {} lines; expected three voxel sides in mm, a line each; fetch it again",
                    file.string(), count);
  }
  return sides;
}

bool is_image(const fs::path& file) { return lower_case(file.filename().string()) == "ct.csv"; }

/// Values of ct.csv as HU.
void make_hu(std::vector<float>& voxels, const fs::path& file, std::vector<std::string>& notes) {
  const auto negative = std::count_if(voxels.begin(), voxels.end(), [](float v) { return v < 0; });
  if (negative > 0) {
    notes.push_back(
        fmt::format("{}: {} values are below 0, that is below -1000 HU; they are read "
                    "as 0",
                    file.string(), negative));
  }
  for (float& value : voxels) value = std::clamp(value, 0.0F, kMostValue) + kHuOfZero;
}

}  // namespace

fs::path openkbp_dimensions_file(const fs::path& file) {
  return file.parent_path() / "voxel_dimensions.csv";
}

Int3 openkbp_voxel_xyz(int64_t index) {
  // An index counts front to back slowest, then right to left, head to feet fastest.
  return {index / kSide % kSide, index / (kSide * kSide), index % kSide};
}

Geometry openkbp_geometry(const fs::path& file) {
  const fs::path dimensions = openkbp_dimensions_file(file);
  const Real3 sides = voxel_sides_mm(dimensions);
  Geometry geometry;
  geometry.extent_xyz = {kSide, kSide, kSide};
  geometry.spacing_xyz_mm = {sides[1], sides[0], sides[2]};
  geometry.direction_lps = {1, 0, 0, 0, 1, 0, 0, 0, -1};
  std::vector<std::string> none;
  return checked_geometry(geometry, dimensions.string(), none);
}

ImageVolume read_openkbp(const fs::path& file, std::vector<std::string>& notes) {
  ImageVolume volume;
  volume.geometry = openkbp_geometry(file);
  const bool image = is_image(file);
  std::ifstream stream = opened(file);
  std::vector<float> listed =
      sparse_voxels(stream, file.string(), image ? SparseValues::numbers : SparseValues::nothing,
                    volume.geometry.voxel_count(), 0);
  if (image) make_hu(listed, file, notes);
  volume.voxels.resize(listed.size());
  for (size_t i = 0; i < listed.size(); ++i) {
    const Int3 voxel = openkbp_voxel_xyz(static_cast<int64_t>(i));
    volume.voxels[static_cast<size_t>(volume.index(voxel[0], voxel[1], voxel[2]))] = listed[i];
  }
  return volume;
}

}  // namespace nmsw::datasets
