#include <algorithm>
#include <fstream>
#include <iostream>

#include "datasets/check_dataset.h"
#include "datasets/phantom.h"
#include "nmsw/base/atomic_file.h"
#include "runners/command_line.h"
#include "runners/tensor_commands/tensor_commands.h"

namespace nmsw::runners {
namespace {

namespace fs = std::filesystem;

/// The descriptor whose layout a folder looks like.
std::string guess_dataset(const fs::path& root) {
  if (fs::exists(root / "meta.csv")) return "totalsegmentator_organ";
  if (!fs::exists(root / "dataset.json")) return "word";
  std::string text = read_file(root / "dataset.json");
  std::transform(text.begin(), text.end(), text.begin(), [](unsigned char c) { return std::tolower(c); });
  for (const std::string& name : datasets::descriptor_names()) {
    if (text.find("\"" + name + "\"") != std::string::npos) return name;
  }
  if (text.find("anterior") != std::string::npos) return "hippocampus";
  return "word";
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
      descriptor, datasets::phantom_config_for(options->cases, options->seed, options->extent_xyz), options->out);
  std::cout << options->out.string() << '\n';
  return 0;
}

int check_verb(const Words& arguments) {
  const auto options = parse_check_options(arguments);
  if (!options) return 0;
  const std::string name = options->dataset.empty() ? guess_dataset(options->target) : options->dataset;
  const datasets::DatasetDescriptor descriptor = datasets::load_descriptor(name);
  const std::vector<std::string> faults = datasets::check_dataset(descriptor, options->target);
  for (const std::string& fault : faults) std::cout << fault << '\n';
  if (!faults.empty()) {
    throw DataError("{}: {} faults as data set '{}', listed above; correct the files, or name another descriptor with "
                    "--dataset",
                    options->target.string(), faults.size(), name);
  }
  std::cout << options->target.string() << ": correct as data set '" << name << "'\n";
  return 0;
}

}  // namespace nmsw::runners
