#include <cstdlib>

#include <fmt/format.h>

#include "reporting/render.h"

namespace nmsw::reporting {
namespace {

// An SVG file's XML declaration and document type do not belong inside HTML.
std::string svg_element(const std::string& file_text) {
  const size_t start = file_text.find("<svg");
  return start == std::string::npos ? "" : file_text.substr(start);
}

/// Width of a drawing as it was laid out, from its viewBox; 0 where it names none.
int drawn_width(const std::string& svg) {
  const std::string start = "viewBox=\"0 0 ";
  const size_t place = svg.find(start);
  return place == std::string::npos ? 0 : std::atoi(svg.c_str() + place + start.size());
}

// Drawings grow with the page, but not beyond this: their letters should not outgrow the text's.
constexpr double kLargestScale = 1.3;

std::string drawing_html(const std::string& title, const std::string& svg) {
  const int width = drawn_width(svg);
  const std::string style =
      width > 0 ? fmt::format(" style=\"max-width:{:.0f}px\"", kLargestScale * width) : "";
  return "<div class=\"drawing\"" + style + " role=\"img\" aria-label=\"" + escape_html(title) +
         "\">" + svg_element(svg) + "</div>\n";
}

std::string figure_html(const Figure& figure, const Document& document) {
  std::string text = "<figure id=\"" + escape_html(figure.id) + "\">\n";
  const auto drawing = document.drawings.find(figure.id);
  if (drawing != document.drawings.end()) {
    text += drawing_html(figure.title, drawing->second);
  } else {
    text += "<p class=\"remark\">" + escape_html(figure.title) +
            ": not drawn, gnuplot is not installed.</p>\n";
  }
  return text + "<figcaption>" + escape_html(figure.caption) + "</figcaption>\n</figure>\n";
}

std::string section_html(const Section& section, const Document& document) {
  std::string text = "<section id=\"" + escape_html(section.id) + "\">\n<h2>" +
                     escape_html(section.title) + "</h2>\n";
  for (const std::string& paragraph : section.paragraphs)
    text += "<p>" + escape_html(paragraph) + "</p>\n";
  if (section.tables.empty() && section.figures.empty()) {
    text += "<p class=\"remark\">" + escape_html(section.empty_message) + "</p>\n";
  }
  for (const Figure& figure : section.figures) text += figure_html(figure, document);
  for (const Table& table : section.tables) text += render_html(table);
  return text + "</section>\n";
}

}  // namespace

std::string render_html_document(const Document& document) {
  const std::string title = escape_html(document.title);
  std::string text =
      "<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n"
      "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n"
      "<meta name=\"color-scheme\" content=\"light dark\">\n<title>" +
      title + "</title>\n<style>\n" + page_style() +
      "</style>\n</head>\n<body>\n<header>\n<a class=\"brand\" href=\"#\">NMSW</a>\n<nav>\n";
  for (const Section& section : document.sections) {
    text += "<a href=\"#" + escape_html(section.id) + "\">" + escape_html(section.title) + "</a>\n";
  }
  text += "</nav>\n</header>\n<main>\n<div class=\"lead\">\n<h1>" + title + "</h1>\n";
  for (const std::string& line : document.lead) text += "<p>" + escape_html(line) + "</p>\n";
  text += "</div>\n";
  for (const Section& section : document.sections) text += section_html(section, document);
  return text + "</main>\n</body>\n</html>\n";
}

}  // namespace nmsw::reporting
