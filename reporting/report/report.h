#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "results/store.h"

namespace nmsw::reporting {

struct ReportOptions {
  /// Folder of the report; made when absent.
  std::filesystem::path out;
  /// Any of md, csv, tex, html. Figures (SVG and PDF) come with every choice.
  std::vector<std::string> formats{"md", "csv", "tex", "html"};
  /// Also average the cells whose cases or seeds are not all there; they stay marked as such and
  /// unranked.
  bool partial = false;
  /// False: the paper's values and the differences to them are left out.
  bool has_paper_columns = true;
  /// Seconds after which it is made again; 0: never.
  int64_t renewed_s = 0;
  /// Only this experiment; empty: all of the database.
  std::string experiment;
};

/// Writes the whole report: `report.md`, `report.html`, `report.tex`, one `<table>.md|csv|tex` a table and
/// `figures/*.svg|pdf`. Every file appears whole or not at all; the same database gives the same
/// bytes.
///
/// returns  the files written, in the order of the report
/// throws   ConfigError for an unknown format or an experiment the database does not hold;
///          DataError when a file cannot be written
std::vector<std::filesystem::path> write_report(const results::ResultStore& store,
                                                const ReportOptions& options);

}  // namespace nmsw::reporting
