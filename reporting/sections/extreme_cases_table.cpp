#include <filesystem>

#include "reporting/comparison.h"
#include "reporting/extreme_cases.h"
#include "reporting/page_text.h"
#include "reporting/sections/sections.h"

namespace nmsw::reporting {
namespace {

Column column(const std::string& name, const std::string& title, bool is_key) {
  Column made;
  made.name = name;
  made.title = title;
  made.is_key = is_key;
  return made;
}

/// The case's name, a link where its page is there.
Cell case_cell(const SectionInput& input, const ExtremeCases& row, const std::string& case_id) {
  Cell cell = text_cell(case_id);
  const std::string name = case_page_name({row.experiment, row.dataset, row.backbone, case_id});
  std::error_code unreadable;
  if (!input.folder.empty() &&
      std::filesystem::exists(input.folder / kCasePages / name, unreadable))
    cell.link = std::string(kCasePages) + '/' + url_path(name);
  return cell;
}

}  // namespace

Section extreme_cases_section(const SectionInput& input) {
  Section section;
  section.id = "cases";
  section.title = "Worst and best cases";
  section.empty_message = "No evaluation is finished yet.";
  Table table{"cases",
              "The test case in which each method is worst, and the one in which it is best",
              {column("experiment", "Experiment", true), column("dataset", "Dataset", true),
               column("backbone", "Backbone", true), column("method", "Inference", true),
               column("worst_case", "Worst case", true), column("worst_dsc", "its DSC", false),
               column("best_case", "Best case", true), column("best_dsc", "its DSC", false),
               column("cases", "Cases", false)},
              {},
              {"DSC: mean over the classes that are defined, seeds and folds. Each method with its "
               "largest k."}};
  table.columns.back().digit_count = 0;
  bool has_page = false;
  for (const ExtremeCases& row : extreme_cases(input.store, input.experiments)) {
    Row printed;
    printed.cells = {text_cell(row.experiment),
                     text_cell(dataset_label(row.dataset)),
                     text_cell(backbone_label(row.backbone)),
                     text_cell(method_label(row.key)),
                     case_cell(input, row, row.worst_id),
                     number_cell(row.worst_dsc),
                     case_cell(input, row, row.best_id),
                     number_cell(row.best_dsc),
                     number_cell(static_cast<double>(row.cases))};
    has_page = has_page || !printed.cells[4].link.empty() || !printed.cells[6].link.empty();
    table.rows.push_back(std::move(printed));
  }
  if (table.rows.empty()) return section;
  table.notes.emplace_back(has_page
                               ? "A case with a link has a page: the scan, its label and every "
                                 "method's prediction, to look at."
                               : "nmsw report --cases 2 makes pages of these cases to look at.");
  section.tables.push_back(std::move(table));
  return section;
}

}  // namespace nmsw::reporting
