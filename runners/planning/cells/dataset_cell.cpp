#include "runners/planning/cells/dataset_cell.h"

#include <algorithm>
#include <map>

#include "datasets/layouts/listing_judgement.h"
#include "datasets/phantoms/phantom_anatomy.h"
#include "datasets/preparation/plausible_grid.h"
#include "datasets/preparation/prepared_extent.h"
#include "nmsw/base/config_identity.h"
#include "nmsw/base/digest.h"
#include "nmsw/base/path_in_yaml.h"
#include "nmsw/base/plain_text.h"

namespace nmsw::runners {
namespace {

namespace fs = std::filesystem;

bool is_file_name(const std::string& name) { return fs::path(name).extension() == ".yaml"; }

datasets::DatasetDescriptor load_named(const NamedEntry& entry) {
  const std::vector<std::string> names = datasets::descriptor_names();
  if (!is_file_name(entry.name) &&
      std::find(names.begin(), names.end(), entry.name) == names.end()) {
    entry.fail("data set '{}' is not known; {}, or a descriptor file that ends in .yaml",
               entry.name, choice_hint(entry.name, names));
  }
  if (!is_file_name(entry.name)) return datasets::load_descriptor(entry.name);
  return datasets::load_descriptor(path_in_yaml(entry.name, entry.folder, entry.where).string());
}

/// A folder that the experiment names for a data set, and the key that names it.
struct GivenRoot {
  std::string folder, key;
};

GivenRoot given_root(const ExperimentConfig& config, const std::string& name,
                     const DatasetSettings& settings) {
  const auto listed = config.data.roots.find(name);
  const bool from_list = listed && path_in_yaml(*listed).string() == settings.root;
  return {settings.root, (from_list ? "data.roots." + name : "dataset_settings." + name + ".root")};
}

void use_files(const std::string& folder, const std::string& why, DatasetCell& cell) {
  cell.data.source = DataSource::real;
  cell.data.root = folder;
  cell.why = why;
}

void use_phantoms(const std::string& why, DatasetCell& cell) {
  DataSpec& data = cell.data;
  data.source = DataSource::phantom;
  data.root = fmt::format(
      "results/data/{}-{}", cell.name,
      sha256_hex(identity_value(data.phantom).dump() + identity_value(data.descriptor).dump())
          .substr(0, 12));
  cell.why = why;
}

/// Files where they are named or lie in the data set's own folder, phantoms only where nobody named
/// any: who names a folder never gets phantoms.
void choose_source(const ExperimentConfig& config, const NamedEntry& entry, const GivenRoot& given,
                   DatasetCell& cell) {
  const DataChoice choice = config.data.source;
  const std::string own = cell.data.descriptor.default_root;
  const std::string& phantom = cell.data.descriptor.phantom;
  std::error_code error;
  if (choice == DataChoice::phantom) {
    if (phantom.empty()) entry.fail("'{}' has no phantom; set data.source to real", entry.name);
    if (!given.folder.empty()) {
      entry.fail(
          "{} names '{}', but data.source is phantom; set data.source to auto or real, or name no "
          "folder",
          given.key, given.folder);
    }
    return use_phantoms("data.source is phantom", cell);
  }
  if (!given.folder.empty()) {
    if (!fs::is_directory(given.folder, error)) {
      throw DataError("{}: the folder '{}' of '{}' is not there; correct {}", entry.where,
                      given.folder, entry.name, given.key);
    }
    return use_files(given.folder, given.key + " names them", cell);
  }
  if (!own.empty() && fs::is_directory(own, error))
    return use_files(own, "the data set's own folder is there", cell);
  const std::string key = "data.roots." + cell.name;
  if (choice == DataChoice::real || phantom.empty()) {
    throw DataError(
        "{}: the files of '{}' are not in '{}'; put them there or name their folder with {}",
        entry.where, entry.name, own, key);
  }
  use_phantoms(fmt::format("{} names no folder and '{}' is not there", key, own), cell);
}

/// The grids that headers tell, by image file.
using HeaderGrids = std::map<fs::path, Geometry>;

/// Adds what cannot be meant, or is unusual, to the listing.
HeaderGrids header_grids(const datasets::PreprocessConfig& config, datasets::CaseListing& listing) {
  HeaderGrids grids;
  for (const datasets::CaseFiles& files : listing.cases) {
    if (grids.count(files.image) > 0) continue;
    const auto grid = datasets::grid_from_header(files.image);
    if (!grid) continue;
    grids.emplace(files.image, *grid);
    const datasets::GridJudgement judged =
        datasets::judge_grid(grid->extent_xyz, grid->spacing_xyz_mm, config);
    const std::string file = files.image.string() + ": ";
    if (!judged.fault.empty()) listing.faults.push_back(file + judged.fault);
    if (!judged.remark.empty()) listing.remarks.push_back(file + judged.remark);
  }
  return grids;
}

/// A plan says the first few remarks; `nmsw check` says all.
void note_remarks(const std::vector<std::string>& remarks, DatasetCell& cell) {
  constexpr size_t kNamed = 10;
  for (size_t i = 0; i < std::min(kNamed, remarks.size()); ++i)
    cell.notes.push_back(printable(remarks[i]));
  if (remarks.size() > kNamed) {
    cell.notes.push_back(fmt::format("{} more remarks on '{}'; 'nmsw check {}' lists them all",
                                     remarks.size() - kNamed, cell.name, cell.data.root));
  }
}

datasets::FitConfig fit_of(const DatasetCell& cell) {
  datasets::FitConfig fit;
  fit.minimum_xyz = cell.data.descriptor.patch_xyz;
  fit.fixed_xyz = cell.data.descriptor.fixed_volume_xyz;
  return fit;
}

/// Prepared extents as far as headers tell them.
std::vector<Int3> extents_of(const std::vector<datasets::CaseFiles>& cases, const DatasetCell& cell,
                             const HeaderGrids& grids) {
  std::vector<Int3> extents;
  for (const datasets::CaseFiles& files : cases) {
    const auto grid = grids.find(files.image);
    if (grid == grids.end()) continue;
    const Geometry& geometry = grid->second;
    extents.push_back(datasets::prepared_extent(geometry.extent_xyz, geometry.spacing_xyz_mm,
                                                cell.data.descriptor.preprocessing, fit_of(cell)));
  }
  return extents;
}

/// Sets what is known before they are made.
void count_phantoms(DatasetCell& cell) {
  const datasets::PhantomConfig& phantom = cell.data.phantom;
  const int64_t trained = phantom.train_cases + phantom.validation_cases;
  const bool tests = cell.evaluation.cases == ScoredCases::test;
  cell.training_cases = trained;
  cell.test_cases = tests ? phantom.test_cases : phantom.validation_cases;
  if (datasets::channel_count(cell.data.descriptor) > 1) {
    throw ConfigError("{}: phantoms have one channel, '{}' has {}; set data.source to real",
                      cell.where, cell.name, datasets::channel_count(cell.data.descriptor));
  }
  if (const auto& fold = cell.data.descriptor.fold) {
    if (cell.data.descriptor.layout == "nnunet") {
      throw ConfigError(
          "{}: phantoms of layout nnunet come with a split of their own; leave 'folds' "
          "out or use real files",
          cell.where);
    }
    if (fold->index >= fold->count || fold->count > trained) {
      throw ConfigError(
          "{}: fold {} of {} is asked for, of {} phantoms; correct folds or fold_count", cell.where,
          fold->index, fold->count, trained);
    }
    cell.test_cases = (trained - fold->index + fold->count - 1) / fold->count;
  }
}

int64_t voxels_of(Int3 extent) { return extent[0] * extent[1] * extent[2]; }

std::optional<Int3> largest_of(const std::vector<Int3>& extents) {
  const auto largest = std::max_element(extents.begin(), extents.end(),
                                        [](Int3 a, Int3 b) { return voxels_of(a) < voxels_of(b); });
  return largest == extents.end() ? std::nullopt : std::optional<Int3>(*largest);
}

std::optional<Int3> usual_of(std::vector<Int3> extents) {
  if (extents.empty()) return std::nullopt;
  std::sort(extents.begin(), extents.end(),
            [](Int3 a, Int3 b) { return voxels_of(a) < voxels_of(b); });
  return extents[extents.size() / 2];
}

/// Sets what is known from the files.
void look_at_files(DatasetCell& cell, datasets::FileDigests& digests) {
  std::vector<datasets::CaseFiles> training, test;
  datasets::CaseListing listing = usable_listing(cell.data.descriptor, cell.data.root);
  const std::vector<datasets::CaseFiles>& cases = listing.cases;
  const HeaderGrids grids = header_grids(cell.data.descriptor.preprocessing, listing);
  require_no_fault(listing, cell.data.root);
  for (const datasets::CaseFiles& files : cases) {
    (files.split == datasets::Split::test ? test : training).push_back(files);
  }
  digests.announce(files_of(cases), fmt::format("'{}' in {}", cell.name, cell.data.root));
  cell.training_files = contents_fingerprint(training, digests);
  cell.test_files = contents_fingerprint(test, digests);
  for (std::string& remark : same_image_remarks(cases, digests))
    listing.remarks.push_back(std::move(remark));
  note_remarks(listing.remarks, cell);
  digests.save();
  cell.training_cases = static_cast<int64_t>(training.size());
  const std::vector<Int3> training_extents = extents_of(training, cell, grids);
  cell.largest_training_xyz = largest_of(training_extents);
  cell.usual_training_xyz = usual_of(training_extents);
  std::vector<datasets::CaseFiles> labelled;
  if (cell.evaluation.cases == ScoredCases::validation) {
    test.clear();
    std::copy_if(training.begin(), training.end(), std::back_inserter(test),
                 [](const auto& files) { return files.split == datasets::Split::validation; });
  }
  for (datasets::CaseFiles& files : test) {
    if (!files.has_label()) continue;
    ++cell.test_cases;
    if (files.deformation) ++cell.deformed_test_cases;
    labelled.push_back(std::move(files));
  }
  const int64_t most = cell.evaluation.max_cases;
  if (most > 0 && static_cast<int64_t>(labelled.size()) > most)
    labelled.resize(static_cast<size_t>(most));
  cell.test_extents_xyz = extents_of(labelled, cell, grids);
  const size_t unknown = labelled.size() - cell.test_extents_xyz.size();
  if (unknown == 0) return;
  cell.notes.push_back(fmt::format(
      "the extents of {} of {} test cases of '{}' are not known before they are read (no NIfTI "
      "headers): costs, times and memory are those of {}; `nmsw query costs` has the true ones "
      "after the run",
      unknown, labelled.size(), cell.name,
      cell.test_extents_xyz.empty() ? "a guessed volume" : "the others"));
}

Int3 largest_extent(const DatasetCell& cell, const std::optional<Int3>& published) {
  if (const auto largest = largest_of(cell.test_extents_xyz)) return *largest;
  const datasets::DatasetDescriptor& descriptor = cell.data.descriptor;
  if (cell.data.source == DataSource::phantom) {
    const datasets::PhantomAnatomy& anatomy = datasets::phantom_anatomy(descriptor.phantom);
    const Int3 extent = cell.data.phantom.extent_xyz.value_or(anatomy.extent_xyz);
    Real3 spacing = anatomy.spacing_xyz_mm;
    for (size_t axis = 0; axis < 3; ++axis) {
      spacing[axis] *=
          static_cast<double>(anatomy.extent_xyz[axis]) / static_cast<double>(extent[axis]);
    }
    return datasets::prepared_extent(extent, spacing, descriptor.preprocessing, fit_of(cell));
  }
  Int3 extent = descriptor.fixed_volume_xyz.value_or(published.value_or(descriptor.patch_xyz));
  for (size_t axis = 0; axis < 3; ++axis) {
    extent[axis] = std::max(extent[axis], descriptor.patch_xyz[axis]);
  }
  return extent;
}

/// Files are judged one by one; of phantoms, and of extents that are given, nothing else is known.
void require_possible_extent(const DatasetCell& cell, const NamedEntry& entry) {
  constexpr int64_t kMostVoxels = int64_t{1} << 32;  // 16 GiB of intensities
  const Int3& extent = cell.largest_extent_xyz;
  if (voxels_of(extent) <= kMostVoxels) return;
  entry.fail(
      "the volumes of '{}' would have {} x {} x {} voxels, more than 2^32; give smaller extents or "
      "a larger preprocessing.spacing_xyz_mm",
      cell.name, extent[0], extent[1], extent[2]);
}

}  // namespace

std::string dataset_name(const NamedEntry& entry) { return load_named(entry).name; }

DatasetCell resolve_dataset(const ExperimentConfig& config, const NamedEntry& entry,
                            const std::optional<int64_t>& fold, datasets::FileDigests& digests) {
  DatasetCell cell;
  cell.where = entry.where;
  cell.data.descriptor = load_named(entry);
  datasets::DatasetDescriptor& descriptor = cell.data.descriptor;
  const DatasetSettings settings = read_settings(config, entry, descriptor);
  cell.name = descriptor.name;
  descriptor.patch_xyz = settings.patch_xyz;
  descriptor.downsize_rate_xyz = settings.downsize_rate_xyz;
  descriptor.nsd_tolerance_mm = settings.nsd_tolerance_mm;
  descriptor.nsd_tolerances_mm = settings.nsd_tolerances_mm;
  descriptor.preprocessing = settings.preprocessing;
  if (config.data.fixed_volume == FixedVolume::on && !settings.fixed_volume_xyz) {
    entry.fail(
        "'{}' has no fixed extent; set dataset_settings.{}.fixed_volume_xyz or data.fixed_volume: "
        "off",
        entry.name, entry.name);
  }
  const std::optional<Int3> published = settings.fixed_volume_xyz;
  descriptor.fixed_volume_xyz =
      config.data.fixed_volume == FixedVolume::on ? published : std::nullopt;
  cell.data.phantom = settings.phantom;
  cell.data.cache_bytes = config.data.cache_bytes;
  choose_source(config, entry, given_root(config, cell.name, settings), cell);
  cell.training = settings.training;
  cell.evaluation = settings.evaluation;
  if (descriptor.fold)
    entry.fail(
        "the descriptor of '{}' holds out a fold; take its key 'fold' out and name the folds "
        "in the experiment's key 'folds'",
        cell.name);
  if (fold) {
    cell.fold = fold;
    descriptor.fold = datasets::HeldOutFold{*fold, config.fold_count, config.fold_seed};
  }
  settle_tolerances(cell.evaluation, descriptor);
  if (cell.data.source == DataSource::real) {
    look_at_files(cell, digests);
  } else {
    count_phantoms(cell);
  }
  if (cell.evaluation.max_cases > 0) {
    for (int64_t* cases : {&cell.test_cases, &cell.deformed_test_cases}) {
      *cases = std::min(*cases, cell.evaluation.max_cases);
    }
  }
  cell.largest_extent_xyz = largest_extent(cell, published);
  require_possible_extent(cell, entry);
  if (!cell.largest_training_xyz) cell.largest_training_xyz = cell.largest_extent_xyz;
  if (!cell.usual_training_xyz) cell.usual_training_xyz = cell.largest_training_xyz;
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
