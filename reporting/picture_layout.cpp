#include "reporting/picture_layout.h"

#include <algorithm>

namespace nmsw::reporting {
namespace {

constexpr double kColumnWidth = 220, kGap = 8, kMargin = 12;
constexpr double kTallest = 260;
constexpr double kKeyHeight = 22, kSwatchHeight = 12, kSwatchWidth = 18, kScaleWidth = 110;
constexpr double kLetterWidth = 6.6;

double key_width(const PictureKey& key) {
  const double mark = key.colours.size() > 1 ? kScaleWidth : kSwatchWidth;
  // A letter beyond ASCII has several bytes, of which one is not 10xxxxxx.
  const auto letters = std::count_if(key.text.begin(), key.text.end(),
                                     [](char byte) { return (byte & 0xC0) != 0x80; });
  return mark + 6 + kLetterWidth * static_cast<double>(letters) + 16;
}

/// As large as the column allows, not taller than the tallest may be.
double scale_of(const Picture& picture) {
  return std::min(kColumnWidth / picture.width, kTallest / picture.height);
}

/// One row of pictures below another; returns where the last one ends.
double place_pictures(const Figure& figure, size_t columns, PictureLayout& layout) {
  double top = kFigureTitleHeight;
  for (size_t first = 0; first < figure.pictures.size(); first += columns) {
    const size_t last = std::min(figure.pictures.size(), first + columns);
    double tallest = 0;
    bool has_title = false;
    for (size_t p = first; p < last; ++p) {
      tallest = std::max(tallest, scale_of(figure.pictures[p]) * figure.pictures[p].height);
      has_title = has_title || !figure.pictures[p].title.empty();
    }
    if (has_title) top += kPictureTitleHeight;
    for (size_t p = first; p < last; ++p) {
      const Picture& picture = figure.pictures[p];
      const double width = scale_of(picture) * picture.width;
      const double height = scale_of(picture) * picture.height;
      const double column = kMargin + static_cast<double>(p - first) * (kColumnWidth + kGap);
      layout.pictures.push_back(
          {column + (kColumnWidth - width) / 2, top + (tallest - height) / 2, width, height});
    }
    top += tallest + kGap;
  }
  return top;
}

}  // namespace

PictureLayout lay_out_pictures(const Figure& figure) {
  PictureLayout layout;
  const size_t columns = std::max<size_t>(1, std::min(figure.columns, figure.pictures.size()));
  layout.width = 2 * kMargin + static_cast<double>(columns) * (kColumnWidth + kGap) - kGap;
  double top = place_pictures(figure, columns, layout);
  double left = kMargin;
  for (const PictureKey& key : figure.picture_keys) {
    if (left > kMargin && left + key_width(key) > layout.width) {
      left = kMargin;
      top += kKeyHeight;
    }
    const double mark = key.colours.size() > 1 ? kScaleWidth : kSwatchWidth;
    layout.keys.push_back({left, top + (kKeyHeight - kSwatchHeight) / 2, mark, kSwatchHeight});
    left += key_width(key);
  }
  layout.height = top + (figure.picture_keys.empty() ? 0 : kKeyHeight) + kMargin / 2;
  return layout;
}

}  // namespace nmsw::reporting
