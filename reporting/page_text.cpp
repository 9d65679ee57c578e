#include "reporting/page_text.h"

#include <cctype>
#include <utility>
#include <vector>

#include <fmt/format.h>

#include "nmsw/base/error.h"
#include "reporting/palette.h"
#include "reporting/render.h"

namespace nmsw::reporting {

/// Made by CMake from `page/`.
const std::vector<std::pair<std::string, std::string>>& embedded_page();

namespace {

const std::string& page_file(const std::string& name) {
  for (const auto& [stem, text] : embedded_page()) {
    if (stem == name) return text;
  }
  throw DataError("{}: not built into the program", name);
}

std::string dark_figures() {
  std::string text = "@media screen and (prefers-color-scheme: dark) {\n";
  for (size_t i = 0; i < series_colour_count(); ++i) {
    text += fmt::format(
        ".plot [stroke=\"{0}\"] {{ stroke: {1}; }}\n.plot [fill=\"{0}\"] {{ fill: {1}; }}\n",
        series_colour(i), dark_series_colour(i));
  }
  return text + "}\n";
}

}  // namespace

std::string page_style() { return page_file("style") + dark_figures(); }

const std::string& page_script() { return page_file("script"); }

const std::string& case_script() { return page_file("case"); }

std::string page_head(const std::string& title, const std::string& style, bool may_decode) {
  return "<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n"
         "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src "
         "'unsafe-inline'; script-src 'unsafe-inline'; img-src data:" +
         std::string(may_decode
                         ? " blob:; font-src data:; connect-src data: blob:; worker-src blob:"
                         : "") +
         "; base-uri 'none'; form-action 'none'\">\n"
         "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n"
         "<meta name=\"color-scheme\" content=\"light dark\">\n<title>" +
         escape_html(title) + "</title>\n<style>\n" + style + "</style>\n</head>\n";
}

std::string inside_json(const std::string& json) {
  std::string safe;
  for (const char letter : json)
    safe += letter == '<' ? std::string("\\u003c") : std::string(1, letter);
  return safe;
}

std::string inside_script(const std::string& text) {
  std::string safe;
  for (size_t i = 0; i < text.size(); ++i) {
    const bool is_end = text.compare(i, 2, "</") == 0 || text.compare(i, 4, "<!--") == 0;
    safe += text[i];
    if (is_end) safe += '\\';
  }
  return safe;
}

std::string url_path(const std::string& path) {
  std::string escaped;
  for (const char byte : path) {
    const auto code = static_cast<unsigned char>(byte);
    const bool is_plain = code < 128 && (std::isalnum(code) != 0 || byte == '-' || byte == '_' ||
                                         byte == '.' || byte == '~' || byte == '/');
    escaped += is_plain ? std::string(1, byte) : fmt::format("%{:02X}", code);
  }
  return escaped;
}

}  // namespace nmsw::reporting
