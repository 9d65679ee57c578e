#pragma once

#include <map>
#include <string>
#include <vector>

#include "reporting/section.h"
#include "reporting/table.h"

namespace nmsw::reporting {

/// GitHub Markdown with heading and notes. Best **bold**, second <ins>underlined</ins>, third
/// *italic*.
std::string render_markdown(const Table& table);

/// RFC 4180: one line a row, every column with `_paper` and `_difference` where it has a reference,
/// `_sd` where a spread is known, and a column `incomplete` that names the cells that are not
/// complete; a last column `not_comparable` names those whose paper's value is of something else.
std::string render_csv(const Table& table);

/// Floats for `\input`, using booktabs and \multicolumn only; wide tables become several floats.
std::string render_latex(const Table& table);

/// `<section>`-level HTML of a table, without page around it.
std::string render_html(const Table& table);

std::string escape_markdown(const std::string& text);
std::string escape_latex(const std::string& text);
std::string escape_html(const std::string& text);

struct Document {
  std::string title;
  /// Shown under the title.
  std::vector<std::string> lead;
  std::vector<Section> sections;
  /// SVG text by figure id; figures without one are listed with their caption and a remark.
  std::map<std::string, std::string> drawings;
};

/// The whole report as one Markdown file; figures are linked from `figures/`.
std::string render_markdown_document(const Document& document);

/// The whole report as one page without any outside reference: style and drawings are inside.
std::string render_html_document(const Document& document);

/// The style sheet of the page.
const char* page_style();

}  // namespace nmsw::reporting
