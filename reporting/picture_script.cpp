#include <algorithm>

#include <fmt/format.h>

#include "reporting/gnuplot_text.h"
#include "reporting/picture_layout.h"

namespace nmsw::reporting {
namespace {

// gnuplot's `screen` runs from 0 to 1 and from the bottom.
double screen_x(double x, const PictureLayout& layout) { return x / layout.width; }
double screen_y(double y, const PictureLayout& layout) { return 1 - y / layout.height; }

/// A line a pixel: its centre, and red, green and blue. gnuplot reads columns ten times faster than
/// it computes them.
std::string pixel_block(const Picture& picture, size_t index) {
  const double step_x = picture.width / static_cast<double>(picture.columns);
  const double step_y = picture.height / static_cast<double>(picture.rows);
  std::string text = fmt::format("$p{} << EOD\n", index);
  for (size_t row = 0; row < picture.rows; ++row) {
    for (size_t column = 0; column < picture.columns; ++column) {
      const Rgb colour = shown_pixel(picture, row * picture.columns + column);
      text += fmt::format("{:.8g} {:.8g} {} {} {}\n", (static_cast<double>(column) + 0.5) * step_x,
                          (static_cast<double>(row) + 0.5) * step_y, colour >> 16,
                          (colour >> 8) & 255U, colour & 255U);
    }
  }
  return text + "EOD\n";
}

std::string outline_style(const PictureBox& box) {
  return fmt::format("fillstyle empty border linecolor rgb {} linewidth {} {}", quoted(box.colour),
                     box.is_dashed ? 1.0 : 1.6,
                     box.is_dashed ? "dashtype (4,4)" : "dashtype solid");
}

std::string picture_lines(const Picture& picture, size_t index, const PictureLayout& layout) {
  const Place& place = layout.pictures[index];
  std::string text = "unset object\nunset label\n";
  text += fmt::format(
      "set lmargin at screen {:.6f}\nset rmargin at screen {:.6f}\nset tmargin at screen "
      "{:.6f}\nset bmargin at screen {:.6f}\n",
      screen_x(place.left, layout), screen_x(place.left + place.width, layout),
      screen_y(place.top, layout), screen_y(place.top + place.height, layout));
  text +=
      fmt::format("set xrange [0:{:.6g}]\nset yrange [0:{:.6g}]\n", picture.width, picture.height);
  if (!picture.title.empty()) {
    text += fmt::format("set label 1 {} at screen {:.6f},{:.6f} center front\n",
                        quoted(picture.title), screen_x(place.left + place.width / 2, layout),
                        screen_y(place.top - kPictureTitleHeight / 2, layout));
  }
  for (size_t b = 0; b < picture.boxes.size(); ++b) {
    const PictureBox& box = picture.boxes[b];
    text += fmt::format("set object {} rectangle from {:.6g},{:.6g} to {:.6g},{:.6g} front {}\n",
                        b + 1, box.left, box.bottom, box.right, box.top, outline_style(box));
  }
  return text + fmt::format("plot $p{} using 1:2:3:4:5 with rgbimage notitle\n", index);
}

std::string filled(const Place& place, size_t number, Rgb colour, const PictureLayout& layout) {
  return fmt::format(
      "set object {} rectangle from screen {:.6f},{:.6f} to screen {:.6f},{:.6f} fillstyle solid "
      "noborder fillcolor rgb '#{:06x}'\n",
      number, screen_x(place.left, layout), screen_y(place.top + place.height, layout),
      screen_x(place.left + place.width, layout), screen_y(place.top, layout), colour);
}

std::string key_lines(const Figure& figure, const PictureLayout& layout) {
  std::string text =
      "unset object\nunset label\nset lmargin 0\nset rmargin 0\nset tmargin 0\nset bmargin 0\n"
      "set xrange [0:1]\nset yrange [0:1]\n";
  size_t number = 0;
  for (size_t k = 0; k < figure.picture_keys.size(); ++k) {
    const PictureKey& key = figure.picture_keys[k];
    const Place& place = layout.keys[k];
    const double width = place.width / static_cast<double>(std::max<size_t>(1, key.colours.size()));
    for (size_t c = 0; c < key.colours.size(); ++c) {
      text += filled({place.left + width * static_cast<double>(c), place.top, width, place.height},
                     ++number, key.colours[c], layout);
    }
    if (key.outline) {
      text += fmt::format(
          "set object {} rectangle from screen {:.6f},{:.6f} to screen {:.6f},{:.6f} {}\n",
          ++number, screen_x(place.left, layout), screen_y(place.top + place.height, layout),
          screen_x(place.left + place.width, layout), screen_y(place.top, layout),
          outline_style(*key.outline));
    }
    text += fmt::format("set label {} {} at screen {:.6f},{:.6f} left\n", k + 1, quoted(key.text),
                        screen_x(place.left + place.width + 6, layout),
                        screen_y(place.top + place.height / 2, layout));
  }
  return text + "plot NaN notitle\n";
}

}  // namespace

std::string picture_script(const Figure& figure, const std::filesystem::path& output) {
  const PictureLayout layout = lay_out_pictures(figure);
  std::string script = script_head(layout.width, layout.height, output);
  for (size_t p = 0; p < figure.pictures.size(); ++p) {
    script += pixel_block(figure.pictures[p], p);
  }
  script += "unset border\nunset tics\nunset key\nset multiplot\n";
  script += fmt::format("set label 1 {} at screen 0.5,{:.6f} center\n", quoted(figure.title),
                        screen_y(kFigureTitleHeight / 2, layout));
  // The title belongs to an empty plot of its own, since a picture's labels are its own.
  script += "set xrange [0:1]\nset yrange [0:1]\nplot NaN notitle\n";
  for (size_t p = 0; p < figure.pictures.size(); ++p)
    script += picture_lines(figure.pictures[p], p, layout);
  return script + key_lines(figure, layout) + "unset multiplot\nunset output\n";
}

}  // namespace nmsw::reporting
