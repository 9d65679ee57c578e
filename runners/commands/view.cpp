#include <algorithm>
#include <cmath>
#include <iostream>

#include <fmt/format.h>

#include "datasets/formats/volume_file.h"
#include "datasets/grid/geometry.h"
#include "datasets/layouts/descriptor.h"
#include "nmsw/base/atomic_file.h"
#include "nmsw/base/error.h"
#include "nmsw/metrics/scores.h"
#include "reporting/cases/case_page.h"
#include "runners/commands/commands.h"
#include "runners/options/verb_parser.h"

namespace nmsw::runners {
namespace {

namespace fs = std::filesystem;

class Reader {
 public:
  ImageVolume image(const fs::path& file) { return datasets::read_volume_file(file, notes_); }
  LabelVolume label(const fs::path& file, const fs::path& scan, const Geometry& grid) {
    const ImageVolume image = datasets::read_volume_file(file, notes_);
    datasets::require_same_grid(grid, scan.string(), image.geometry, file.string());
    return datasets::as_label(file, image, notes_);
  }
  const std::vector<std::string>& notes() const { return notes_; }

 private:
  std::vector<std::string> notes_;
};

/// "NMSW=a.nii.gz" → ("NMSW", a.nii.gz); without a name the file's.
std::pair<std::string, fs::path> named_file(const std::string& word) {
  const size_t equals = word.find('=');
  if (equals == std::string::npos || fs::exists(word))
    return {fs::path(word).filename().string(), word};
  return {word.substr(0, equals), word.substr(equals + 1)};
}

int64_t largest_class(const reporting::CasePage& page) {
  uint8_t largest = 0;
  const auto look = [&](const LabelVolume& labels) {
    for (const uint8_t index : labels.voxels) largest = std::max(largest, index);
  };
  if (page.label) look(*page.label);
  for (const auto& prediction : page.predictions) look(prediction.classes);
  return largest;
}

/// Those of the descriptor, else of every index that occurs.
std::vector<reporting::CaseClass> classes_of(const reporting::CasePage& page,
                                             const std::string& descriptor) {
  std::vector<reporting::CaseClass> classes;
  const int64_t largest = largest_class(page);
  if (descriptor.empty()) {
    for (int64_t index = 1; index <= largest; ++index)
      classes.push_back({index, fmt::format("class {}", index)});
    return classes;
  }
  for (const std::string& name : datasets::load_descriptor(descriptor).classes)
    classes.push_back({static_cast<int64_t>(classes.size()) + 1, name});
  if (largest > static_cast<int64_t>(classes.size()))
    throw DataError(
        "a label map holds the id {}, but --classes {} names only 0..{}; give the data "
        "set whose ids these are",
        largest, descriptor, classes.size());
  return classes;
}

std::optional<double> defined(double value) {
  return std::isfinite(value) ? std::optional<double>(value) : std::nullopt;
}

void add_scores(reporting::CasePage& page, double tolerance_mm) {
  ScoreOptions options;
  options.num_classes = static_cast<int64_t>(page.classes.size()) + 1;
  options.tolerance = tolerance_mm;
  for (reporting::CasePrediction& prediction : page.predictions) {
    for (const ClassScores& one : score_label_maps(prediction.classes, *page.label, options)) {
      prediction.scores.push_back(
          {one.class_index, defined(one.value("dsc")), defined(one.value("nsd"))});
    }
  }
  page.notes.push_back(fmt::format("NSD within {:g} mm of the label's surface.", tolerance_mm));
}

}  // namespace

int view_command(const Arguments& arguments) {
  namespace po = boost::program_options;
  VerbParser parser(
      {"view", "view --scan FILE [--label FILE] [--prediction NAME=FILE …] --out FILE.html",
       "Writes a case as one HTML page to look at: the scan, the label, each prediction and its "
       "differences from the label, switched by keys, with DSC, NSD and ml of each class.",
       "nmsw view --scan ct.nii.gz --label organs.nii.gz --prediction NMSW=p.nii.gz --out "
       "case.html"});
  parser.options().add_options()("scan", po::value<std::string>(), "image file")(
      "label", po::value<std::string>(), "label map on its grid")(
      "prediction", po::value<std::vector<std::string>>()->composing(),
      "label map on its grid, with the name that the page shows; repeat for more")(
      "classes", po::value<std::string>()->default_value(""),
      "descriptor or built-in data set that names the classes")(
      "tolerance-mm", po::value<double>()->default_value(2.0), "of the NSD")(
      "window-low", po::value<double>()->default_value(-160), "intensity shown black")(
      "window-high", po::value<double>()->default_value(240), "intensity shown white")(
      "title", po::value<std::string>()->default_value(""), "of the page; empty: the scan's name")(
      "out", po::value<std::string>(), "page to write");
  if (!parser.parse(arguments)) return 0;
  const fs::path scan = parser.required("scan"), out = parser.required("out");
  reporting::CasePage page;
  page.window_low = parser.get<double>("window-low");
  page.window_high = parser.get<double>("window-high");
  const auto tolerance = parser.get<double>("tolerance-mm");
  if (!(page.window_low < page.window_high))
    parser.usage_error("--window-low is not below --window-high");
  if (!(tolerance >= 0)) parser.usage_error("--tolerance-mm is negative");
  Reader reader;
  page.title = parser.get<std::string>("title");
  if (page.title.empty()) page.title = scan.filename().string();
  page.scan = reader.image(scan);
  if (parser.has("label"))
    page.label = reader.label(parser.get<std::string>("label"), scan, page.scan.geometry);
  for (const std::string& word : parser.list<std::string>("prediction")) {
    const auto [name, file] = named_file(word);
    page.predictions.push_back({name, reader.label(file, scan, page.scan.geometry), {}, {}});
  }
  page.classes = classes_of(page, parser.get<std::string>("classes"));
  if (page.label && !page.classes.empty() && !page.predictions.empty()) add_scores(page, tolerance);
  for (const std::string& note : reader.notes()) std::cerr << "note: " << note << '\n';
  write_text_atomically(out, reporting::render_case_page(page));
  std::cout << out.string() << '\n';
  return 0;
}

}  // namespace nmsw::runners
