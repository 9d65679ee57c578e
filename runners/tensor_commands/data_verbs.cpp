#include <iostream>

#include "datasets/check_dataset.h"
#include "datasets/phantoms/phantom.h"
#include "datasets/survey/found_dataset.h"
#include "nmsw/base/plain_text.h"
#include "runners/options/check_options.h"
#include "runners/options/phantom_options.h"
#include "runners/options/verb_plan.h"
#include "runners/tensor_commands/tensor_commands.h"

namespace nmsw::runners {
namespace {

namespace fs = std::filesystem;

/// Prints what is wrong and what is odd; returns how many faults there are.
size_t print_findings(const datasets::DatasetDescriptor& descriptor, const fs::path& root) {
  const datasets::DatasetFindings findings = datasets::check_dataset(descriptor, root);
  for (const std::string& remark : findings.remarks)
    std::cout << "note: " << printable(remark) << '\n';
  for (const std::string& fault : findings.faults) std::cout << printable(fault) << '\n';
  return findings.faults.size();
}

int check_folder(const CheckOptions& options) {
  datasets::DatasetDescriptor descriptor;
  std::string as = "with the classes found in it";
  if (options.dataset.empty()) {
    const datasets::FoundDataset found = datasets::found_dataset(options.target);
    descriptor = found.descriptor;
    std::cout << fmt::format(
        "note: layout {}, {} classes from {}; 'nmsw init' writes a descriptor\n", descriptor.layout,
        descriptor.classes.size(), found.classes_from);
  } else {
    descriptor = datasets::load_descriptor(options.dataset);
    as = "as data set '" + options.dataset + "'";
  }
  const size_t faults = print_findings(descriptor, options.target);
  if (faults > 0) {
    throw DataError(
        "{}: {} faults {}, listed above; correct the files, or name another descriptor with "
        "--dataset",
        options.target.string(), faults, as);
  }
  std::cout << options.target.string() << ": correct " << as << '\n';
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
