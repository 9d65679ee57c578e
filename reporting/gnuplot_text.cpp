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

std::string script_head(double width, double height, const std::filesystem::path& output) {
  return fmt::format(
      "set encoding utf8\nset terminal pdfcairo size {:.3f}in,{:.3f}in noenhanced color font "
      "'Helvetica,9'\nset output {}\n",
      width / 100.0, height / 100.0, quoted(output.string()));
}

}  // namespace nmsw::reporting
