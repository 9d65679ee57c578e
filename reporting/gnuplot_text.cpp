#include "reporting/gnuplot_text.h"

#include <fmt/format.h>

namespace nmsw::reporting {

std::string quoted(const std::string& text) {
  std::string result = "'";
  for (const char letter : text) {
    if (letter == '\'') result += '\'';
    result += letter == '\n' ? ' ' : letter;
  }
  return result + "'";
}

std::string script_head(const Figure& figure, DrawingFormat format, double width, double height,
                        const std::filesystem::path& output) {
  const std::string terminal =
      format == DrawingFormat::svg
          ? fmt::format(
                "svg size {:.0f},{:.0f} dynamic noenhanced name {} font 'Helvetica,12' background "
                "'white'",
                width, height, quoted(figure.id))
          : fmt::format("pdfcairo size {:.3f}in,{:.3f}in noenhanced color font 'Helvetica,9'",
                        width / 100.0, height / 100.0);
  return "set encoding utf8\nset terminal " + terminal + "\nset output " + quoted(output.string()) +
         "\n";
}

}  // namespace nmsw::reporting
