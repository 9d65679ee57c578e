#include "reporting/report/report.h"

#include <chrono>
#include <iostream>
#include <sstream>
#include <thread>

#include "reporting/section.h"
#include "runners/commands/commands.h"
#include "runners/commands/tensor_child.h"
#include "runners/options/option_values.h"
#include "runners/options/option_words.h"

namespace nmsw::runners {
namespace {

constexpr const char* kFormats = "md,csv,tex,html";

void declare_options(VerbParser& parser) {
  parser.options().add_options()("db", text(kDefaultDatabase), "database")("out", text("report"),
                                                                           "folder of the report")(
      "format", text(kFormats), "any of md, csv, tex, html")("experiment", text(""),
                                                             "only this experiment; empty: all")(
      "partial", "also average cells that are not complete")(
      "paper-columns", text("on"), "on, off: the paper's values and the differences to them")(
      "watch", with_default<int64_t>(0),
      "seconds: makes the report again as often, until no task runs or waits")(
      "cases", with_default<int64_t>(0),
      "pages to look at, of each data set and backbone at most so many: the cases in which methods "
      "are worst and best, segmented once more")("cache", text(kDefaultCache),
                                                 "--cases: folder of prepared cases")(
      "device", text("auto"), "--cases: auto, cpu, cuda or cuda:N");
}

reporting::ReportOptions report_options(const VerbParser& parser) {
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
  for (const char* count : {"watch", "cases"}) {
    if (parser.get<int64_t>(count) < 0)
      parser.usage_error(fmt::format("--{} must not be negative", count));
  }
  return options;
}

/// returns the tensor program's exit code
int make_case_pages(const VerbParser& parser, const reporting::ReportOptions& options) {
  const auto count = parser.get<int64_t>("cases");
  if (count == 0) return 0;
  return run_tensor_program(
      "case-pages",
      {"--db", parser.get<std::string>("db"), "--out",
       (options.out / reporting::kCasePages).string(), "--count", std::to_string(count),
       "--experiment", options.experiment, "--cache", parser.get<std::string>("cache"), "--device",
       parser.get<std::string>("device")});
}

/// Tasks that run or wait to run.
int64_t tasks_left(const results::ResultStore& store, const std::string& experiment) {
  const results::StatusSummary status = store.status(experiment);
  return status.states.at("pending") + status.states.at("running");
}

/// Makes the report again and again while tasks are left.
void watch(const std::filesystem::path& database, reporting::ReportOptions options,
           int64_t pause_s) {
  options.renewed_s = pause_s;
  for (;;) {
    const auto store = results::ResultStore::open_read_only(database);
    const int64_t left = tasks_left(store, options.experiment);
    if (left == 0) return;
    reporting::write_report(store, options);
    std::cout << fmt::format("{}: {} tasks left\n", options.out.string(), left) << std::flush;
    std::this_thread::sleep_for(std::chrono::seconds(pause_s));
  }
}

}  // namespace

int report_command(const Arguments& arguments) {
  VerbParser parser({"report", "report [options]", "Writes the tables and figures of a database.",
                     "nmsw report --out report --format md,html"});
  declare_options(parser);
  if (!parser.parse(arguments)) return 0;
  const reporting::ReportOptions options = report_options(parser);
  const auto database = parser.get<std::string>("db");
  if (const auto pause_s = parser.get<int64_t>("watch"); pause_s > 0)
    watch(database, options, pause_s);
  if (const int code = make_case_pages(parser, options); code != 0) return code;
  const auto store = results::ResultStore::open_read_only(database);
  for (const std::filesystem::path& file : reporting::write_report(store, options))
    std::cout << file.string() << '\n';
  return 0;
}

}  // namespace nmsw::runners
