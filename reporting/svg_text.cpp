#include "reporting/svg_text.h"

#include <algorithm>

#include <fmt/format.h>

#include "nmsw/base/base64.h"
#include "reporting/axis.h"
#include "reporting/render.h"

namespace nmsw::reporting {
namespace {

std::string joined(const std::vector<std::string>& parts) {
  return fmt::format("{}", fmt::join(parts, ", "));
}

}  // namespace

std::string svg_number(double pixels) {
  std::string text = fmt::format("{:.1f}", pixels);
  if (text.size() > 2 && text.compare(text.size() - 2, 2, ".0") == 0) text.resize(text.size() - 2);
  return text == "-0" ? "0" : text;
}

std::string data_number(double value) { return fmt::format("{:.6g}", value); }

std::string data_numbers(const std::vector<double>& values) {
  std::string text;
  for (const double value : values) text += (text.empty() ? "" : " ") + data_number(value);
  return text;
}

std::string svg_label(const std::string& text, double x, double y, Anchor anchor,
                      double turned_degrees, bool is_bold) {
  if (text.empty()) return "";
  const char* const end = anchor == Anchor::middle ? " text-anchor=\"middle\""
                          : anchor == Anchor::end  ? " text-anchor=\"end\""
                                                   : "";
  std::string turn;
  if (turned_degrees != 0) {
    turn = fmt::format(" transform=\"rotate({:.0f} {} {})\"", turned_degrees, svg_number(x),
                       svg_number(y));
  }
  return fmt::format("<text x=\"{}\" y=\"{}\"{}{}{}>{}</text>\n", svg_number(x), svg_number(y), end,
                     is_bold ? " font-weight=\"600\"" : "", turn, escape_html(text));
}

std::string alternative_text(const Figure& figure) {
  std::vector<std::string> parts, names;
  for (const Panel& panel : figure.panels) {
    if (!panel.title.empty()) parts.push_back(panel.title);
  }
  for (const Picture& picture : figure.pictures) {
    if (!picture.title.empty()) parts.push_back(picture.title);
  }
  for (const Series& entry : legend_entries(figure)) names.push_back(entry.name);
  for (const PictureKey& key : figure.picture_keys) names.push_back(key.text);
  std::string text = figure.title + ".";
  if (!parts.empty()) text += " Panels: " + joined(parts) + ".";
  if (!names.empty()) text += " Legend: " + joined(names) + ".";
  return text;
}

std::string svg_head(const Figure& figure, double width, double height) {
  return fmt::format(
      "<svg xmlns=\"http://www.w3.org/2000/svg\" class=\"plot\" viewBox=\"0 0 {0} {1}\" "
      "width=\"{0}\" height=\"{1}\" role=\"img\" aria-label=\"{2}\" "
      "font-family=\"Helvetica, Arial, sans-serif\" font-size=\"12\" fill=\"#1c2330\">\n"
      "<rect class=\"ground\" width=\"{0}\" height=\"{1}\" fill=\"#ffffff\"/>\n",
      svg_number(width), svg_number(height), escape_html(alternative_text(figure)));
}

std::string png_address(const std::string& png) { return "data:image/png;base64," + base64(png); }

}  // namespace nmsw::reporting
