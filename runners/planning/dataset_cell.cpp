#include "runners/planning/dataset_cell.h"

#include <algorithm>

#include "datasets/case_files.h"
#include "nmsw/base/digest.h"

namespace nmsw::runners {
namespace {

namespace fs = std::filesystem;

/// Extent of a phantom whose grid is its anatomy's own, near enough for a prediction.
constexpr Int3 kPhantomExtent{128, 128, 128};

bool is_file_name(const std::string& name) { return fs::path(name).extension() == ".yaml"; }

datasets::DatasetDescriptor load_named(const NamedEntry& entry) {
  const std::vector<std::string> names = datasets::descriptor_names();
  if (!is_file_name(entry.name) &&
      std::find(names.begin(), names.end(), entry.name) == names.end()) {
    entry.node.fail("data set '{}' is not known; {}, or a descriptor file that ends in .yaml",
                    entry.name, choice_hint(entry.name, names));
  }
  return datasets::load_descriptor(entry.name);
}

DatasetSettings read_settings(const ExperimentConfig& config, const NamedEntry& entry,
                              datasets::DatasetDescriptor& descriptor) {
  const auto common = config.dataset_settings.find(descriptor.name);
  for (const auto& node : {common, entry.parameters}) {  // a version brings its own classes
    const auto version = node ? node->find("version") : std::nullopt;
    if (version) descriptor = datasets::with_version(descriptor, *version);
  }
  DatasetSettings settings{"",
                           descriptor.version,
                           descriptor.patch_xyz,
                           descriptor.downsize_rate_xyz,
                           descriptor.fixed_volume_xyz,
                           descriptor.nsd_tolerance_mm,
                           descriptor.preprocessing,
                           config.data.phantom,
                           config.training,
                           config.evaluation};
  settings.preprocessing.pad_value =
      config.data.pad_value.value_or(settings.preprocessing.pad_value);
  settings.preprocessing.divisible_pad_value =
      config.data.divisible_pad_value.value_or(settings.preprocessing.divisible_pad_value);
  if (const auto root = config.data.roots.find(descriptor.name))
    settings.root = root->scalar();
  for (const auto& node : {common, entry.parameters}) {
    if (node) read_value(*node, settings);
  }
  return settings;
}

void choose_source(const ExperimentConfig& config, const NamedEntry& entry,
                   const std::string& given_root, DataSpec& data) {
  const std::string root = given_root.empty() ? data.descriptor.default_root : given_root;
  std::error_code error;
  const bool there = !root.empty() && fs::is_directory(root, error);
  const bool has_phantom = !data.descriptor.phantom.empty();
  const DataChoice choice = config.data.source;
  if (choice == DataChoice::phantom && !has_phantom) {
    entry.node.fail("'{}' has no phantom; set data.source to real", entry.name);
  }
  if (choice != DataChoice::phantom && !given_root.empty() && !there) {
    entry.node.fail("the folder '{}' of '{}' is not there; correct data.roots.{}", root, entry.name,
                    entry.name);
  }
  if (there && choice != DataChoice::phantom) {
    data.source = DataSource::real;
    data.root = root;
    return;
  }
  if (choice == DataChoice::real || !has_phantom) {
    entry.node.fail(
        "the files of '{}' are not in '{}'; put them there or name their folder with data.roots.{}",
        entry.name, root, entry.name);
  }
  data.source = DataSource::phantom;
  data.root = fmt::format(
      "results/data/{}-{}", data.descriptor.name,
      sha256_hex(canonical_text(data.phantom) + canonical_text(data.descriptor)).substr(0, 12));
}

/// Sets what is known from the list of the files.
void look_at_files(DatasetCell& cell) {
  std::vector<datasets::CaseFiles> training, test;
  for (const datasets::CaseFiles& files : list_cases(cell.data.descriptor, cell.data.root)) {
    (files.split == datasets::Split::test ? test : training).push_back(files);
  }
  cell.training_files = files_fingerprint(training, cell.data.root);
  cell.test_files = files_fingerprint(test, cell.data.root);
  cell.training_cases = static_cast<int64_t>(training.size());
  for (const datasets::CaseFiles& files : test) {
    if (!files.has_label()) continue;
    ++cell.test_cases;
    if (files.deformation) ++cell.deformed_test_cases;
  }
}

Int3 typical_extent(const DatasetCell& cell, const std::optional<Int3>& published) {
  Int3 extent = cell.data.descriptor.fixed_volume_xyz.value_or(
      published.value_or(cell.data.descriptor.patch_xyz));
  if (cell.data.source == DataSource::phantom && !cell.data.descriptor.fixed_volume_xyz) {
    extent = cell.data.phantom.extent_xyz.value_or(kPhantomExtent);
  }
  for (size_t axis = 0; axis < 3; ++axis) {
    extent[axis] = std::max(extent[axis], cell.data.descriptor.patch_xyz[axis]);
  }
  return extent;
}

}  // namespace

DatasetCell resolve_dataset(const ExperimentConfig& config, const NamedEntry& entry) {
  DatasetCell cell;
  cell.where = entry.node.where();
  cell.data.descriptor = load_named(entry);
  datasets::DatasetDescriptor& descriptor = cell.data.descriptor;
  const DatasetSettings settings = read_settings(config, entry, descriptor);
  cell.name = descriptor.name;
  descriptor.patch_xyz = settings.patch_xyz;
  descriptor.downsize_rate_xyz = settings.downsize_rate_xyz;
  descriptor.nsd_tolerance_mm = settings.nsd_tolerance_mm;
  descriptor.preprocessing = settings.preprocessing;
  if (config.data.fixed_volume == FixedVolume::on && !settings.fixed_volume_xyz) {
    entry.node.fail(
        "'{}' has no fixed extent; set dataset_settings.{}.fixed_volume_xyz or data.fixed_volume: "
        "off",
        entry.name, entry.name);
  }
  const std::optional<Int3> published = settings.fixed_volume_xyz;
  descriptor.fixed_volume_xyz =
      config.data.fixed_volume == FixedVolume::on ? published : std::nullopt;
  cell.data.phantom = settings.phantom;
  cell.data.cache_bytes = config.data.cache_bytes;
  choose_source(config, entry, settings.root, cell.data);
  cell.training = settings.training;
  cell.evaluation = settings.evaluation;
  if (!cell.evaluation.nsd_tolerance) {
    cell.evaluation.nsd_tolerance =
        cell.evaluation.nsd_unit == NsdUnit::mm ? descriptor.nsd_tolerance_mm : 2.0;
  }
  if (cell.data.source == DataSource::real) {
    look_at_files(cell);
  } else {
    cell.test_cases = cell.data.phantom.test_cases;
    cell.training_cases = cell.data.phantom.train_cases + cell.data.phantom.validation_cases;
  }
  if (cell.evaluation.max_cases > 0) {
    for (int64_t* cases : {&cell.test_cases, &cell.deformed_test_cases}) {
      *cases = std::min(*cases, cell.evaluation.max_cases);
    }
  }
  cell.typical_extent_xyz = typical_extent(cell, published);
  return cell;
}

void check_dataset_names(const ExperimentConfig& config,
                         const std::vector<std::string>& grid_names) {
  std::vector<std::string> names = datasets::descriptor_names();
  names.insert(names.end(), grid_names.begin(), grid_names.end());
  for (const Subtree* tree : {&config.dataset_settings, &config.data.roots}) {
    if (tree->empty()) continue;
    for (const auto& [name, node] : tree->node->entries()) {
      if (std::find(names.begin(), names.end(), name) == names.end()) {
        node.fail("is no data set; {}", choice_hint(name, names));
      }
    }
  }
}

}  // namespace nmsw::runners
