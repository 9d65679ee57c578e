#include "reporting/palette.h"

#include <algorithm>
#include <array>
#include <cmath>

#include <fmt/format.h>

#include "nmsw/base/class_colour.h"
#include "reporting/picture.h"

namespace nmsw::reporting {
namespace {

constexpr size_t kSeriesColours = 7;
constexpr std::array<const char*, kSeriesColours> kOnLight{
    "#0b3bb8", "#8a2a00", "#0b8a63", "#a184a4", "#ad9000", "#4a86ff", "#3a3d42"};
constexpr std::array<const char*, kSeriesColours> kOnDark{
    "#4474f0", "#bd5620", "#38c78e", "#a8658a", "#efe04a", "#58c3ee", "#f4f6fa"};

/// Matplotlib's colour map (CC0) at even steps.
constexpr std::array<uint32_t, 9> kViridis{0x440154, 0x472d7b, 0x3b528b, 0x2c728e, 0x21918c,
                                           0x28ae80, 0x5ec962, 0xaddc30, 0xfde725};

}  // namespace

size_t series_colour_count() { return kSeriesColours; }

std::string series_colour(size_t index) { return kOnLight[index % kSeriesColours]; }

std::string dark_series_colour(size_t index) { return kOnDark[index % kSeriesColours]; }

std::string backbone_colour(const std::string& backbone) {
  if (backbone == "unet") return series_colour(0);
  if (backbone == "swin_unetr") return series_colour(1);
  if (backbone == "mednext") return series_colour(2);
  if (backbone == "nnunet") return series_colour(3);
  if (backbone == "nnunet_resenc") return series_colour(4);
  return series_colour(5);
}

std::string method_colour(const std::string& method, const std::string& class_weight) {
  if (method == "nmsw") return series_colour(class_weight == "off" ? 5 : 0);
  if (method == "random_foreground") return series_colour(1);
  if (method == "zoom_out") return series_colour(2);
  if (method == "sliding_window") return series_colour(6);
  return series_colour(3);
}

std::string class_colour(int64_t class_index) {
  const auto [red, green, blue] = nmsw::class_colour(class_index);
  return fmt::format("#{:02x}{:02x}{:02x}", red, green, blue);
}

std::string scale_colour(double share) {
  const double place = std::clamp(share, 0.0, 1.0) * (kViridis.size() - 1);
  const auto below = std::min(static_cast<size_t>(place), kViridis.size() - 2);
  return fmt::format(
      "#{:06x}", blended(kViridis[below + 1], kViridis[below], place - static_cast<double>(below)));
}

}  // namespace nmsw::reporting
