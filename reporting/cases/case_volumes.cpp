#include "reporting/cases/case_volumes.h"

#include <algorithm>
#include <cmath>
#include <cstring>
#include <new>

#include <zlib.h>

#include "nmsw/base/base64.h"

namespace nmsw::reporting {
namespace {

constexpr double kMarginMm = 25;
constexpr int16_t kUint8 = 2, kInt16 = 4, kLabelIntent = 1002, kScannerCoordinates = 1;
constexpr size_t kHeaderBytes = 352;

/// The gzip format (zlib's window bits + 16) without name or time.
std::string gzipped(const std::string& bytes) {
  z_stream stream{};
  if (deflateInit2(&stream, Z_BEST_COMPRESSION, Z_DEFLATED, 15 + 16, 9, Z_DEFAULT_STRATEGY) != Z_OK)
    throw std::bad_alloc();
  std::string out(deflateBound(&stream, static_cast<uLong>(bytes.size())), '\0');
  stream.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(bytes.data()));
  stream.avail_in = static_cast<uInt>(bytes.size());
  stream.next_out = reinterpret_cast<Bytef*>(out.data());
  stream.avail_out = static_cast<uInt>(out.size());
  const int status = deflate(&stream, Z_FINISH);
  out.resize(stream.total_out);
  deflateEnd(&stream);
  if (status != Z_STREAM_END) throw std::bad_alloc();
  return out;
}

template <class Value>
void put(std::string& bytes, size_t at, Value value) {
  std::memcpy(bytes.data() + at, &value, sizeof(value));
}

Int3 counts_of(const Crop& crop) {
  Int3 counts{};
  for (size_t axis = 0; axis < 3; ++axis)
    counts[axis] = (crop.size_xyz[axis] + crop.step - 1) / crop.step;
  return counts;
}

/// Rows of the matrix from voxel to RAS millimetres: LPS with the first two axes turned.
void put_grid(std::string& bytes, const Geometry& grid, const Crop& crop) {
  const Int3 counts = counts_of(crop);
  put<int16_t>(bytes, 40, 3);
  put<float>(bytes, 76, 1);
  for (size_t axis = 0; axis < 3; ++axis) {
    put(bytes, 42 + 2 * axis, static_cast<int16_t>(counts[axis]));
    put(bytes, 80 + 4 * axis,
        static_cast<float>(grid.spacing_xyz_mm[axis] * static_cast<double>(crop.step)));
  }
  for (size_t unused = 3; unused < 7; ++unused) put<int16_t>(bytes, 42 + 2 * unused, 1);
  for (size_t row = 0; row < 3; ++row) {
    const double sign = row < 2 ? -1 : 1;
    double origin = grid.origin_lps_mm[row];
    for (size_t axis = 0; axis < 3; ++axis) {
      const double column = grid.direction_lps[3 * row + axis] * grid.spacing_xyz_mm[axis];
      origin += column * static_cast<double>(crop.start_xyz[axis]);
      put(bytes, 280 + 16 * row + 4 * axis,
          static_cast<float>(sign * column * static_cast<double>(crop.step)));
    }
    put(bytes, 280 + 16 * row + 12, static_cast<float>(sign * origin));
  }
  put(bytes, 254, kScannerCoordinates);
}

struct Kind {
  int16_t type = 0, bits = 0, intent = 0;
  double slope = 1, intercept = 0;
};

std::string header(const Geometry& grid, const Crop& crop, const Kind& kind) {
  std::string bytes(kHeaderBytes, '\0');
  put<int32_t>(bytes, 0, 348);
  put_grid(bytes, grid, crop);
  put(bytes, 68, kind.intent);
  put(bytes, 70, kind.type);
  put(bytes, 72, kind.bits);
  put<float>(bytes, 108, kHeaderBytes);
  put(bytes, 112, static_cast<float>(kind.slope));
  put(bytes, 116, static_cast<float>(kind.intercept));
  bytes[123] = 2;  // millimetres
  std::memcpy(bytes.data() + 344, "n+1", 4);
  return bytes;
}

template <class Voxel, class Visit>
void for_each_kept(const Volume<Voxel>& volume, const Crop& crop, const Visit& visit) {
  const auto end = [&](size_t axis) { return crop.start_xyz[axis] + crop.size_xyz[axis]; };
  for (int64_t z = crop.start_xyz[2]; z < end(2); z += crop.step) {
    for (int64_t y = crop.start_xyz[1]; y < end(1); y += crop.step) {
      for (int64_t x = crop.start_xyz[0]; x < end(0); x += crop.step)
        visit(volume.voxels[static_cast<size_t>(volume.index(x, y, z))]);
    }
  }
}

/// Integers that int16 holds are stored as they are, all else over its range.
Kind sixteen_bits(const ImageVolume& scan, const Crop& crop) {
  double low = INFINITY, high = -INFINITY;
  bool is_integer = true;
  for_each_kept(scan, crop, [&](float value) {
    if (!std::isfinite(value)) return;
    low = std::min(low, static_cast<double>(value));
    high = std::max(high, static_cast<double>(value));
    is_integer = is_integer && value == std::floor(value);
  });
  if (low > high || (is_integer && low >= -32768 && high <= 32767)) return {kInt16, 16, 0, 1, 0};
  const double slope = high > low ? (high - low) / 65000 : 1;
  return {kInt16, 16, 0, slope, (low + high) / 2};
}

}  // namespace

Crop crop_around_classes(const CasePage& page) {
  const Geometry& grid = page.scan.geometry;
  Int3 first = grid.extent_xyz, last{-1, -1, -1};
  const auto look = [&](const LabelVolume& labels) {
    size_t at = 0;
    for (int64_t z = 0; z < grid.extent_xyz[2]; ++z) {
      for (int64_t y = 0; y < grid.extent_xyz[1]; ++y) {
        for (int64_t x = 0; x < grid.extent_xyz[0]; ++x) {
          if (labels.voxels[at++] == 0) continue;
          const Int3 voxel{x, y, z};
          for (size_t axis = 0; axis < 3; ++axis) {
            first[axis] = std::min(first[axis], voxel[axis]);
            last[axis] = std::max(last[axis], voxel[axis]);
          }
        }
      }
    }
  };
  if (page.label) look(*page.label);
  for (const CasePrediction& prediction : page.predictions) look(prediction.classes);
  if (last[0] < 0) return {{0, 0, 0}, grid.extent_xyz, 1};
  Crop crop;
  for (size_t axis = 0; axis < 3; ++axis) {
    const auto margin = static_cast<int64_t>(std::ceil(kMarginMm / grid.spacing_xyz_mm[axis]));
    crop.start_xyz[axis] = std::max<int64_t>(0, first[axis] - margin);
    const int64_t end = std::min(grid.extent_xyz[axis], last[axis] + margin + 1);
    crop.size_xyz[axis] = end - crop.start_xyz[axis];
  }
  return crop;
}

LabelVolume difference_map(const LabelVolume& label, const LabelVolume& prediction) {
  LabelVolume map{label.geometry, std::vector<uint8_t>(label.voxels.size())};
  for (size_t i = 0; i < label.voxels.size(); ++i) {
    const uint8_t truth = label.voxels[i], seen = prediction.voxels[i];
    map.voxels[i] = truth == seen ? 0 : seen == 0 ? 1 : truth == 0 ? 2 : 3;
  }
  return map;
}

LabelVolume outline_map(const Geometry& geometry, const std::vector<PatchBox>& patches) {
  LabelVolume map{geometry, std::vector<uint8_t>(static_cast<size_t>(geometry.voxel_count()))};
  for (const PatchBox& patch : patches) {
    Int3 first{}, last{};
    for (size_t axis = 0; axis < 3; ++axis) {
      first[axis] = std::max<int64_t>(0, patch.start_xyz[axis]);
      last[axis] =
          std::min(geometry.extent_xyz[axis], patch.start_xyz[axis] + patch.size_xyz[axis]) - 1;
    }
    for (int64_t z = first[2]; z <= last[2]; ++z) {
      for (int64_t y = first[1]; y <= last[1]; ++y) {
        for (int64_t x = first[0]; x <= last[0]; ++x) {
          const bool is_face = x == first[0] || x == last[0] || y == first[1] || y == last[1] ||
                               z == first[2] || z == last[2];
          if (is_face) map.voxels[static_cast<size_t>(map.index(x, y, z))] = 1;
        }
      }
    }
  }
  return map;
}

std::string scan_file(const CasePage& page, const Crop& crop, ScanDepth depth) {
  std::string bytes;
  if (depth == ScanDepth::sixteen_bits) {
    const Kind kind = sixteen_bits(page.scan, crop);
    bytes = header(page.scan.geometry, crop, kind);
    for_each_kept(page.scan, crop, [&](float value) {
      const double stored = std::isfinite(value) ? (value - kind.intercept) / kind.slope : -32768;
      const auto number = static_cast<int16_t>(std::lround(std::clamp(stored, -32768.0, 32767.0)));
      bytes.append(reinterpret_cast<const char*>(&number), sizeof(number));
    });
  } else {
    const double low = page.window_low, step = (page.window_high - page.window_low) / 255;
    bytes = header(page.scan.geometry, crop, {kUint8, 8, 0, step, low});
    for_each_kept(page.scan, crop, [&](float value) {
      const double stored = std::isfinite(value) ? (value - low) / step : 0;
      bytes += static_cast<char>(std::lround(std::clamp(stored, 0.0, 255.0)));
    });
  }
  return base64(gzipped(bytes));
}

std::string label_file(const LabelVolume& labels, const Crop& crop) {
  std::string bytes = header(labels.geometry, crop, {kUint8, 8, kLabelIntent, 1, 0});
  for_each_kept(labels, crop, [&](uint8_t index) { bytes += static_cast<char>(index); });
  return base64(gzipped(bytes));
}

}  // namespace nmsw::reporting
