#include "reporting/report/report.h"

#include <algorithm>
#include <array>
#include <functional>

#include <fmt/format.h>

#include "nmsw/base/atomic_file.h"
#include "nmsw/base/error.h"
#include "reporting/comparison.h"
#include "reporting/conventions.h"
#include "reporting/figure.h"
#include "reporting/render.h"
#include "reporting/report/outline.h"
#include "reporting/rows.h"
#include "reporting/svg_figure.h"

namespace nmsw::reporting {
namespace {

namespace fs = std::filesystem;

constexpr std::array<const char*, 4> kFormats{"md", "csv", "tex", "html"};

bool wants(const ReportOptions& options, const std::string& format) {
  return std::find(options.formats.begin(), options.formats.end(), format) != options.formats.end();
}

void require_known_formats(const ReportOptions& options) {
  for (const std::string& format : options.formats) {
    if (std::find(kFormats.begin(), kFormats.end(), format) == kFormats.end()) {
      throw ConfigError(
          "--format: '{}' is not known; expected any of md, csv, tex, html, with commas between",
          format);
    }
  }
  if (options.formats.empty())
    throw ConfigError("--format: nothing named; expected any of md, csv, tex, html");
}

std::vector<std::string> chosen_experiments(const results::ResultStore& store,
                                            const std::string& wanted) {
  std::vector<std::string> names = store.experiments();
  std::sort(names.begin(), names.end());
  if (wanted.empty()) return names;
  if (std::find(names.begin(), names.end(), wanted) != names.end()) return {wanted};
  throw ConfigError("{}: holds no experiment '{}'; it has: {}; name one of these",
                    store.file().string(), wanted,
                    names.empty() ? "none" : fmt::format("{}", fmt::join(names, ", ")));
}

std::string state_line(const results::ResultStore& store, const std::string& experiment) {
  const Rows rows(
      store,
      "SELECT count(*) AS planned, coalesce(sum(state = 'done'), 0) AS done, coalesce(sum(state = "
      "'failed'), 0) AS failed FROM v_tasks WHERE experiment = " +
          sql_quoted(experiment));
  const int64_t planned = rows.count(0, "planned"), done = rows.count(0, "done"),
                failed = rows.count(0, "failed");
  std::string text = fmt::format("Experiment '{}': {} of {} tasks done", experiment, done, planned);
  if (failed > 0) text += fmt::format(", {} failed", failed);
  return text +
         (done == planned ? "." : "; cells without all of their cases are shown as incomplete.");
}

/// "hippocampus and liver".
std::string joined_labels(const std::vector<std::string>& datasets) {
  std::vector<std::string> labels;
  for (const std::string& dataset : datasets) labels.push_back(dataset_label(dataset));
  const std::string last = labels.back();
  labels.pop_back();
  return labels.empty() ? last : fmt::format("{} and {}", fmt::join(labels, ", "), last);
}

std::string title_of(const Subject& subject) {
  return subject.own_datasets.empty() ? "No More Sliding Window: results"
                                      : "Results on " + joined_labels(subject.own_datasets);
}

std::vector<std::string> lead_lines(const SectionInput& input, const Subject& subject) {
  std::vector<std::string> lines;
  if (input.experiments.empty()) {
    return {
        "The database holds no experiment yet. Run one first (nmsw run EXPERIMENT.yaml), then make "
        "the report again."};
  }
  lines.emplace_back(
      subject.has_paper
          ? "Patch-based segmentation without a sliding window: what was measured, beside what the "
            "paper reports (arXiv 2501.10814 v2, the same as MICCAI 2025 paper 0413)."
          : "Segmentation by the sliding window and by methods that look at fewer patches: what "
            "was "
            "measured.");
  for (const std::string& experiment : input.experiments) {
    lines.push_back(state_line(input.store, experiment));
    for (const std::string& note :
         data_notes(input.store, read_comparison(input.store, experiment)))
      lines.push_back(note);
  }
  if (input.partial) {
    lines.emplace_back(
        "Made with --partial: incomplete cells show the mean of what is there, with the count "
        "beside it.");
  }
  return lines;
}

class FileWriter {
 public:
  explicit FileWriter(fs::path folder) : folder_(std::move(folder)) {}
  void write(const std::string& name, const std::string& text) {
    write_text_atomically(folder_ / name, text);
    files_.push_back(folder_ / name);
  }
  void note(const fs::path& file) { files_.push_back(file); }
  const fs::path& folder() const { return folder_; }
  const std::vector<fs::path>& files() const { return files_; }

 private:
  fs::path folder_;
  std::vector<fs::path> files_;
};

void draw_figures(Document& document, FileWriter& writer) {
  bool is_missing = false;
  for (const Section& section : document.sections) {
    for (const Figure& figure : section.figures) {
      writer.write("figures/" + figure.id + ".svg", svg_figure(figure));
      const auto pdf = draw_pdf(figure, writer.folder() / "figures");
      is_missing = is_missing || !pdf;
      if (!pdf) continue;
      document.pdf_figures.insert(figure.id);
      writer.note(*pdf);
    }
  }
  if (is_missing) {
    document.lead.emplace_back(
        "No figure as PDF: gnuplot is not installed. Install the Debian package gnuplot-nox and "
        "make the report again.");
  }
}

void write_tables(const Document& document, const ReportOptions& options, FileWriter& writer) {
  for (const Section& section : document.sections) {
    for (const Table& whole : section.tables) {
      const Table table = without_extra_rows(whole);
      if (wants(options, "md")) writer.write(table.id + ".md", render_markdown(table));
      if (wants(options, "csv")) writer.write(table.id + ".csv", render_csv(table));
      if (wants(options, "tex")) writer.write(table.id + ".tex", render_latex(table));
    }
  }
}

}  // namespace

std::vector<fs::path> write_report(const results::ResultStore& store,
                                   const ReportOptions& options) {
  require_known_formats(options);
  const SectionInput input{store, chosen_experiments(store, options.experiment), options.partial,
                           options.out};
  Document document;
  const Subject subject = subject_of(input);
  document.title = title_of(subject);
  document.renewed_s = options.renewed_s;
  document.lead = lead_lines(input, subject);
  document.sections = outline(input, subject);
  if (!options.has_paper_columns) {
    for (Section& section : document.sections) drop_paper_values(section);
  }
  for (const char* ending : {"csv", "tex", "md"}) {
    if (wants(options, ending)) document.table_endings.emplace_back(ending);
  }
  FileWriter writer(options.out);
  draw_figures(document, writer);
  if (wants(options, "md")) writer.write("report.md", render_markdown_document(document));
  if (wants(options, "html")) writer.write("report.html", render_html_document(document));
  if (wants(options, "tex")) writer.write("report.tex", render_latex_document(document));
  write_tables(document, options, writer);
  return writer.files();
}

}  // namespace nmsw::reporting
