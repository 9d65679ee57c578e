#include <algorithm>
#include <cmath>
#include <map>

#include <fmt/format.h>

#include "nmsw/base/class_colour.h"
#include "nmsw/base/png.h"
#include "reporting/palette.h"
#include "reporting/picture_layout.h"
#include "reporting/render.h"
#include "reporting/svg_figure.h"
#include "reporting/svg_text.h"

namespace nmsw::reporting {
namespace {

constexpr uint32_t kOpaque = 0xff000000;

/// Rows from the bottom as rows from the top.
template <typename Pixel>
std::vector<Pixel> from_the_top(const std::vector<Pixel>& pixels, size_t columns) {
  std::vector<Pixel> turned;
  turned.reserve(pixels.size());
  for (size_t row = pixels.size() / columns; row-- > 0;)
    turned.insert(turned.end(), pixels.begin() + static_cast<std::ptrdiff_t>(row * columns),
                  pixels.begin() + static_cast<std::ptrdiff_t>((row + 1) * columns));
  return turned;
}

/// The smallest PNG of opaque colours: of a palette where they are few.
std::string opaque_png(const Picture& picture) {
  const std::vector<Rgb> pixels = from_the_top(picture.pixels, picture.columns);
  std::map<Rgb, uint8_t> places;
  std::vector<uint32_t> palette;
  std::vector<uint8_t> indices, rgb;
  for (const Rgb pixel : pixels) {
    if (palette.size() < 256 && places.emplace(pixel, palette.size()).second)
      palette.push_back(kOpaque | pixel);
    for (const unsigned shift : {16U, 8U, 0U}) rgb.push_back(static_cast<uint8_t>(pixel >> shift));
    const auto place = places.find(pixel);
    if (place != places.end()) indices.push_back(place->second);
  }
  const auto columns = static_cast<uint32_t>(picture.columns);
  const auto rows = static_cast<uint32_t>(picture.rows);
  return indices.size() == pixels.size() ? palette_png_bytes(columns, rows, indices, palette)
                                         : png_bytes(columns, rows, rgb);
}

std::string class_png(const Picture& picture) {
  const std::vector<uint8_t> indices = from_the_top(picture.classes, picture.columns);
  const size_t largest = *std::max_element(indices.begin(), indices.end());
  std::vector<uint32_t> palette{0};
  const auto alpha = static_cast<uint32_t>(std::lround(255 * kClassOpacity)) << 24U;
  for (size_t index = 1; index <= largest; ++index)
    palette.push_back(alpha | rgb_of(class_colour(static_cast<int64_t>(index))));
  return palette_png_bytes(static_cast<uint32_t>(picture.columns),
                           static_cast<uint32_t>(picture.rows), indices, palette);
}

std::string image(const std::string& address, const Place& place, const std::string& more) {
  return fmt::format(
      "<image x=\"{}\" y=\"{}\" width=\"{}\" height=\"{}\" preserveAspectRatio=\"none\" "
      "style=\"image-rendering:pixelated\"{} href=\"{}\"/>\n",
      svg_number(place.left), svg_number(place.top), svg_number(place.width),
      svg_number(place.height), more, address);
}

std::string outline(double left, double top, double width, double height, const PictureBox& box) {
  return fmt::format(
      "<rect class=\"patch\" x=\"{}\" y=\"{}\" width=\"{}\" height=\"{}\" fill=\"none\" "
      "stroke=\"{}\" stroke-width=\"{}\"{}/>\n",
      svg_number(left), svg_number(top), svg_number(width), svg_number(height), box.colour,
      box.is_dashed ? "1" : "1.6", box.is_dashed ? " stroke-dasharray=\"4 4\"" : "");
}

/// Pictures that show the same pixels share them: the first is drawn, the others refer to it.
class SharedPixels {
 public:
  explicit SharedPixels(std::string figure_id) : figure_id_(std::move(figure_id)) {}

  std::string draw(const Picture& picture, const Place& place) {
    for (size_t i = 0; i < known_.size(); ++i) {
      if (known_[i]->columns != picture.columns || known_[i]->pixels != picture.pixels) continue;
      return fmt::format("<use href=\"#{}-{}\" x=\"{}\" y=\"{}\"/>\n", figure_id_, i,
                         svg_number(place.left - places_[i].left),
                         svg_number(place.top - places_[i].top));
    }
    known_.push_back(&picture);
    places_.push_back(place);
    return image(png_address(opaque_png(picture)), place,
                 fmt::format(" id=\"{}-{}\"", figure_id_, known_.size() - 1));
  }

 private:
  std::string figure_id_;
  std::vector<const Picture*> known_;
  std::vector<Place> places_;
};

std::string picture_group(const Picture& picture, const Place& place, SharedPixels& pixels) {
  std::string text = fmt::format("<g class=\"picture\" data-name=\"{}\" data-box=\"{}\">\n",
                                 escape_html(picture.title),
                                 data_numbers({place.left, place.top, place.width, place.height}));
  text += pixels.draw(picture, place);
  const bool has_classes = std::any_of(picture.classes.begin(), picture.classes.end(),
                                       [](uint8_t index) { return index != 0; });
  if (has_classes) text += image(png_address(class_png(picture)), place, " class=\"over\"");
  const double x = place.width / picture.width, y = place.height / picture.height;
  for (const PictureBox& box : picture.boxes) {
    text += outline(place.left + x * box.left, place.top + y * (picture.height - box.top),
                    x * (box.right - box.left), y * (box.top - box.bottom), box);
  }
  return text +
         svg_label(picture.title, place.left + place.width / 2, place.top - 6, Anchor::middle) +
         "</g>\n";
}

std::string key_group(const PictureKey& key, const Place& place) {
  std::string colours, marks;
  const double width = place.width / static_cast<double>(std::max<size_t>(1, key.colours.size()));
  for (size_t c = 0; c < key.colours.size(); ++c) {
    colours += fmt::format("{}#{:06x}", c == 0 ? "" : " ", key.colours[c]);
    marks += fmt::format(
        "<rect x=\"{:.2f}\" y=\"{}\" width=\"{:.2f}\" height=\"{}\" fill=\"#{:06x}\"/>\n",
        place.left + width * static_cast<double>(c), svg_number(place.top), width,
        svg_number(place.height), key.colours[c]);
  }
  if (key.outline) marks += outline(place.left, place.top, place.width, place.height, *key.outline);
  const std::string scale =
      key.scale
          ? fmt::format(" data-scale=\"{}\"", data_numbers({key.scale->first, key.scale->second}))
          : "";
  return fmt::format("<g class=\"swatches\" data-name=\"{}\" data-colours=\"{}\"{}>\n",
                     escape_html(key.text), key.outline ? "" : colours, scale) +
         marks + svg_label(key.text, place.left + place.width + 6, place.top + 10, Anchor::start) +
         "</g>\n";
}

}  // namespace

std::string svg_pictures(const Figure& figure) {
  const PictureLayout layout = lay_out_pictures(figure);
  std::string text = svg_head(figure, layout.width, layout.height);
  text += svg_label(figure.title, layout.width / 2, kFigureTitleHeight / 2 + 2, Anchor::middle, 0,
                    true);
  SharedPixels pixels(figure.id);
  for (size_t p = 0; p < figure.pictures.size(); ++p)
    text += picture_group(figure.pictures[p], layout.pictures[p], pixels);
  for (size_t k = 0; k < figure.picture_keys.size(); ++k)
    text += key_group(figure.picture_keys[k], layout.keys[k]);
  return text + "</svg>\n";
}

}  // namespace nmsw::reporting
