#include <algorithm>
#include <fstream>
#include <iostream>

#include "datasets/check_dataset.h"
#include "datasets/phantoms/phantom.h"
#include "nmsw/base/atomic_file.h"
#include "nmsw/base/plain_text.h"
#include "runners/options/check_options.h"
#include "runners/options/phantom_options.h"
#include "runners/options/verb_plan.h"
#include "runners/tensor_commands/tensor_commands.h"

namespace nmsw::runners {
namespace {

namespace fs = std::filesystem;

/// The descriptor whose layout a folder looks like.
std::string guess_dataset(const fs::path& root) {
  if (fs::exists(root / "meta.csv") || fs::is_directory(root / "segmentations"))
    return "totalsegmentator_organ";
  for (const fs::directory_entry& entry : fs::directory_iterator(root)) {
    if (fs::is_directory(entry.path() / "segmentations")) return "totalsegmentator_organ";
  }
  for (const fs::path& folder : {root, root / "provided-data"}) {
    if (fs::is_directory(folder / "train-pats")) return "openkbp_csv";
  }
  if (!fs::exists(root / "dataset.json")) return "word";
  std::string text = read_file(root / "dataset.json");
  std::transform(text.begin(), text.end(), text.begin(),
                 [](unsigned char c) { return std::tolower(c); });
  for (const std::string& name : datasets::descriptor_names()) {
    if (text.find("\"" + name + "\"") != std::string::npos) return name;
  }
  if (text.find("anterior") != std::string::npos) return "hippocampus";
  return "word";
}

/// Prints what is wrong and what is odd; returns how many faults there are.
size_t print_findings(const datasets::DatasetDescriptor& descriptor, const fs::path& root) {
  const datasets::DatasetFindings findings = datasets::check_dataset(descriptor, root);
  for (const std::string& remark : findings.remarks)
    std::cout << "note: " << printable(remark) << '\n';
  for (const std::string& fault : findings.faults) std::cout << printable(fault) << '\n';
  return findings.faults.size();
}

int check_folder(const CheckOptions& options) {
  const std::string name =
      options.dataset.empty() ? guess_dataset(options.target) : options.dataset;
  const size_t faults = print_findings(datasets::load_descriptor(name), options.target);
  if (faults > 0) {
    throw DataError(
        "{}: {} faults as data set '{}', listed above; correct the files, or name another "
        "descriptor with "
        "--dataset",
        options.target.string(), faults, name);
  }
  std::cout << options.target.string() << ": correct as data set '" << name << "'\n";
  return 0;
}

/// An experiment that reads files; `nmsw` itself answers for the others.
int check_experiment(const CheckOptions& options) {
  const Plan plan = plan_for_verb({options.target, options.set, {}, "auto", options.cache});
  print_notes(std::cout, plan);
  size_t faults = 0;
  for (const DataSpec& data : plan.files) faults += print_findings(data.descriptor, data.root);
  if (faults > 0) {
    throw DataError("{}: its data sets have {} faults, listed above; correct the files",
                    options.target.string(), faults);
  }
  std::cout << options.target.string() << ": correct, " << plan.tasks.size() << " tasks\n";
  return 0;
}

}  // namespace

int phantom_verb(const Words& arguments) {
  const auto options = parse_phantom_options(arguments);
  if (!options) return 0;
  const std::string own = options->layout == "totalsegmentator" ? "totalsegmentator_organ" : "word";
  datasets::DatasetDescriptor descriptor =
      datasets::load_descriptor(options->dataset.empty() ? own : options->dataset);
  descriptor = datasets::with_layout(std::move(descriptor), options->layout);
  datasets::write_phantom_dataset(
      descriptor, datasets::phantom_config_for(options->cases, options->seed, options->extent_xyz),
      options->out);
  std::cout << options->out.string() << '\n';
  return 0;
}

int check_verb(const Words& arguments) {
  const auto options = parse_check_options(arguments);
  if (!options) return 0;
  return fs::is_directory(options->target) ? check_folder(*options) : check_experiment(*options);
}

}  // namespace nmsw::runners
