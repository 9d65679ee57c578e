#pragma once

#include <set>
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

/// `<article>` of a table, without page around it.
///
/// endings  the files `<id>.<ending>` that lie beside the page and are linked
std::string render_html(const Table& table, const std::vector<std::string>& endings = {});

std::string escape_markdown(const std::string& text);
std::string escape_latex(const std::string& text);
std::string escape_html(const std::string& text);

struct Document {
  std::string title;
  /// Shown under the title.
  std::vector<std::string> lead;
  std::vector<Section> sections;
  /// Figures of which `figures/<id>.pdf` lies beside the page.
  std::set<std::string> pdf_figures{};
  /// The endings of the files that each table has beside the page, of csv, tex and md.
  std::vector<std::string> table_endings{};
  /// Seconds after which the page is made anew; a reader may have it read again as often. 0: never.
  int64_t renewed_s = 0;
};

/// The whole report as one Markdown file; figures are linked from `figures/`
std::string render_markdown_document(const Document& document);

/// The whole report for pdflatex: needs only LaTeX's base packages; tables come from `<id>.tex`,
/// figures from `figures/`.
std::string render_latex_document(const Document& document);

/// The whole report as one page that loads nothing: style, script and drawings are inside. Links
/// lead to the files of tables and figures beside it.
std::string render_html_document(const Document& document);

}  // namespace nmsw::reporting
