#include "reporting/render.h"

namespace nmsw::reporting {
namespace {

constexpr const char* kPreamble = R"tex(\documentclass[10pt,a4paper]{article}
\usepackage[T1]{fontenc}
\usepackage[utf8]{inputenc}
\IfFileExists{lmodern.sty}{\usepackage{lmodern}}{}
\usepackage[margin=2cm]{geometry}
\usepackage{booktabs,graphicx}
\usepackage{textcomp}
\usepackage[hidelinks]{hyperref}
\extrafloats{200}
\setlength{\emergencystretch}{3em}
\renewcommand{\topfraction}{.95}
\renewcommand{\floatpagefraction}{.6}
\raggedbottom
)tex";

std::string figure_latex(const Figure& figure) {
  return "\\begin{figure}[!htbp]\n\\centering\n\\includegraphics[width=\\linewidth,"
         "height=.8\\textheight,keepaspectratio]{figures/" +
         figure.id + ".pdf}\n\\caption{" + escape_latex(figure.caption) +
         "}\\label{fig:" + figure.id + "}\n\\end{figure}\n";
}

}  // namespace

std::string render_latex_document(const Document& document) {
  std::string text = kPreamble;
  text += "\\title{" + escape_latex(document.title) + "}\n\\author{}\\date{}\n";
  text += "\\begin{document}\n\\maketitle\n";
  for (const std::string& line : document.lead) text += escape_latex(line) + "\n\n";
  for (const Section& section : document.sections) {
    text += "\\section{" + escape_latex(section.title) + "}\n";
    for (const std::string& paragraph : section.paragraphs)
      text += escape_latex(paragraph) + "\n\n";
    for (const Figure& figure : section.figures) {
      if (document.pdf_figures.count(figure.id) != 0) text += figure_latex(figure);
    }
    for (const Table& table : section.tables) text += "\\input{" + table.id + "}\n";
    text += "\\clearpage\n";
  }
  return text + "\\end{document}\n";
}

}  // namespace nmsw::reporting
