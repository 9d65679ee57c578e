#include "reporting/score_map.h"

#include <algorithm>
#include <cmath>
#include <limits>

#include <fmt/format.h>

#include "reporting/palette.h"

namespace nmsw::reporting {
namespace {

constexpr Rgb kPaper = 0xffffff, kMasked = 0xbdbdbd;
constexpr const char* kChosenColour = "#d62728";
/// A mask takes off at least 87 (the log of the smallest float), a score never so much.
constexpr double kMaskedBelow = -60;
constexpr size_t kScaleSteps = 44;
// Pixels of a cell, and of the gap between slices.
constexpr size_t kCell = 8, kGapPixels = 4;

bool is_masked(double log_probability) { return !(log_probability > kMaskedBelow); }

Rgb scale_rgb(double value, const ScaleRange& range) {
  const double share = range.high > range.low ? (value - range.low) / (range.high - range.low) : 1;
  return rgb_of(scale_colour(share));
}

/// Where the slices of a map lie in its picture.
struct Mosaic {
  size_t nx, ny, nz, across, down;

  explicit Mosaic(Int3 counts_xyz)
      : nx(static_cast<size_t>(counts_xyz[0])),
        ny(static_cast<size_t>(counts_xyz[1])),
        nz(static_cast<size_t>(counts_xyz[2])),
        across(static_cast<size_t>(std::ceil(std::sqrt(static_cast<double>(nz))))),
        down((nz + across - 1) / across) {}
  size_t columns() const { return across * (nx * kCell + kGapPixels) - kGapPixels; }
  size_t rows() const { return down * (ny * kCell + kGapPixels) - kGapPixels; }
  /// Lower left pixel of a cell; the first slice is at the top left.
  std::pair<size_t, size_t> corner(size_t patch) const {
    const size_t x = patch % nx, y = patch / nx % ny, z = patch / (nx * ny);
    return {z % across * (nx * kCell + kGapPixels) + (nx - 1 - x) * kCell,
            (down - 1 - z / across) * (ny * kCell + kGapPixels) + y * kCell};
  }
};

}  // namespace

ScaleRange scale_range(const std::vector<ScoreMap>& maps) {
  ScaleRange range{std::numeric_limits<double>::infinity(),
                   -std::numeric_limits<double>::infinity()};
  for (const ScoreMap& map : maps) {
    for (const double value : map.log_probability) {
      if (is_masked(value)) continue;
      range.low = std::min(range.low, value);
      range.high = std::max(range.high, value);
    }
  }
  return range.low > range.high ? ScaleRange{} : range;
}

Picture map_picture(const ScoreMap& map, const ScaleRange& range,
                    const std::vector<int64_t>& chosen) {
  const Mosaic mosaic(map.counts_xyz);
  Picture picture;
  picture.columns = mosaic.columns();
  picture.rows = mosaic.rows();
  picture.width = static_cast<double>(picture.columns);
  picture.height = static_cast<double>(picture.rows);
  picture.pixels.assign(picture.columns * picture.rows, kPaper);
  for (size_t patch = 0; patch < map.log_probability.size(); ++patch) {
    const double value = map.log_probability[patch];
    const Rgb colour = is_masked(value) ? kMasked : scale_rgb(value, range);
    const auto [left, bottom] = mosaic.corner(patch);
    for (size_t row = bottom; row < bottom + kCell; ++row) {
      const auto line =
          picture.pixels.begin() + static_cast<std::ptrdiff_t>(row * picture.columns + left);
      std::fill(line, line + kCell, colour);
    }
  }
  for (const int64_t patch : chosen) {
    const auto [left, bottom] = mosaic.corner(static_cast<size_t>(patch));
    PictureBox box;
    box.left = static_cast<double>(left);
    box.bottom = static_cast<double>(bottom);
    box.right = box.left + kCell;
    box.top = box.bottom + kCell;
    box.colour = kChosenColour;
    picture.boxes.push_back(box);
  }
  return picture;
}

std::vector<PictureKey> map_keys(const ScaleRange& range) {
  PictureKey scale;
  scale.text = fmt::format("log p, {:.1f} to {:.1f}", range.low, range.high);
  for (size_t step = 0; step < kScaleSteps; ++step) {
    scale.colours.push_back(
        rgb_of(scale_colour(static_cast<double>(step) / static_cast<double>(kScaleSteps - 1))));
  }
  scale.scale = std::make_pair(range.low, range.high);
  PictureBox outline;
  outline.colour = kChosenColour;
  return {scale, {"no foreground predicted", {kMasked}, {}}, {"chosen", {}, outline}};
}

}  // namespace nmsw::reporting
