#include "reporting/report/report.h"

#include <iostream>
#include <sstream>

#include "runners/commands/commands.h"
#include "runners/options/option_values.h"
#include "runners/options/verb_parser.h"

namespace nmsw::runners {

int report_command(const Arguments& arguments) {
  namespace po = boost::program_options;
  VerbParser parser({"report", "report [options]", "Writes the tables and figures of a database.",
                     "nmsw report --out report --format md,html"});
  parser.options().add_options()("db", po::value<std::string>()->default_value(kDefaultDatabase),
                                 "database")(
      "out", po::value<std::string>()->default_value("report"), "folder of the report")(
      "format", po::value<std::string>()->default_value("md,csv,tex,html"),
      "any of md, csv, tex, html")("experiment", po::value<std::string>()->default_value(""),
                                   "only this experiment; empty: all")(
      "partial", "also average cells that are not complete")(
      "paper-columns", po::value<std::string>()->default_value("on"),
      "on, off: the paper's values and the differences to them");
  if (!parser.parse(arguments)) return 0;
  reporting::ReportOptions options;
  options.out = parser.get<std::string>("out");
  options.partial = parser.has("partial");
  options.experiment = parser.get<std::string>("experiment");
  const auto paper_columns = parser.get<std::string>("paper-columns");
  require_choice(paper_columns, "--paper-columns", {"on", "off"});
  options.has_paper_columns = paper_columns == "on";
  options.formats.clear();
  std::istringstream formats(parser.get<std::string>("format"));
  for (std::string format; std::getline(formats, format, ',');) {
    require_choice(format, "--format", {"md", "csv", "tex", "html"});
    options.formats.push_back(format);
  }
  if (options.formats.empty()) parser.usage_error("--format names no format");
  const auto store = results::ResultStore::open_read_only(parser.get<std::string>("db"));
  for (const std::filesystem::path& file : reporting::write_report(store, options))
    std::cout << file.string() << '\n';
  return 0;
}

}  // namespace nmsw::runners
