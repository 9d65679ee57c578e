#include <cstdlib>

#include <fmt/format.h>

#include "reporting/page_text.h"
#include "reporting/render.h"
#include "reporting/svg_figure.h"

namespace nmsw::reporting {
namespace {

// Drawings grow with the page, but not beyond this: their letters should not outgrow the text's.
constexpr double kLargestScale = 1.3;

/// Width of a drawing as it was laid out, from its viewBox.
int drawn_width(const std::string& svg) {
  const std::string start = "viewBox=\"0 0 ";
  const size_t place = svg.find(start);
  return place == std::string::npos ? 0 : std::atoi(svg.c_str() + place + start.size());
}

std::string figure_html(const Figure& figure, const Document& document) {
  const std::string svg = svg_figure(figure), id = escape_html(figure.id);
  std::string text = "<figure id=\"figure-" + id + "\">\n";
  text += fmt::format(
              "<div class=\"drawing\" style=\"max-width:{:.0f}px\" tabindex=\"0\" role=\"region\" "
              "aria-label=\"Figure: {}\">\n",
              kLargestScale * drawn_width(svg), escape_html(figure.title)) +
          svg + "</div>\n<figcaption>" + escape_html(figure.caption);
  if (document.pdf_figures.count(figure.id) != 0) {
    text += " <a href=\"figures/" + id + ".pdf\" aria-label=\"PDF of " + escape_html(figure.title) +
            "\">PDF</a>";
  }
  return text + "</figcaption>\n</figure>\n";
}

std::string section_html(const Section& section, const Document& document) {
  std::string text = "<section id=\"section-" + escape_html(section.id) + "\">\n<h2>" +
                     escape_html(section.title) + "</h2>\n";
  for (const std::string& paragraph : section.paragraphs)
    text += "<p>" + escape_html(paragraph) + "</p>\n";
  if (section.tables.empty() && section.figures.empty() && !section.empty_message.empty()) {
    text += "<p class=\"remark\">" + escape_html(section.empty_message) + "</p>\n";
  }
  for (const Figure& figure : section.figures) text += figure_html(figure, document);
  for (const Table& table : section.tables) text += render_html(table, document.table_endings);
  return text + "</section>\n";
}

}  // namespace

std::string render_html_document(const Document& document) {
  const std::string title = escape_html(document.title);
  std::string text = page_head(document.title, page_style()) +
                     "<body>\n<a class=\"skip\" href=\"#content\">To the content</a>\n<header>\n<a "
                     "class=\"brand\" href=\"#content\">NMSW</a>\n<nav aria-label=\"Sections\">\n";
  for (const Section& section : document.sections) {
    text += "<a href=\"#section-" + escape_html(section.id) + "\">" + escape_html(section.title) +
            "</a>\n";
  }
  text += "</nav>\n</header>\n<main id=\"content\" tabindex=\"-1\">\n<div class=\"lead\">\n<h1>" +
          title + "</h1>\n";
  for (const std::string& line : document.lead) text += "<p>" + escape_html(line) + "</p>\n";
  if (document.renewed_s > 0)
    text += fmt::format("<p id=\"renewed\" data-seconds=\"{}\"></p>\n", document.renewed_s);
  text += "</div>\n";
  for (const Section& section : document.sections) text += section_html(section, document);
  return text + "</main>\n<script>\n" + inside_script(page_script()) +
         "</script>\n</body>\n</html>\n";
}

}  // namespace nmsw::reporting
