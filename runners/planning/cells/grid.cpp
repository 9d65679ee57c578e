#include "runners/planning/cells/grid.h"

#include <algorithm>

#include "runners/planning/cells/networks.h"
#include "runners/planning/cells/order_cells.h"

namespace nmsw::runners {
namespace {

/// The lists that multiply; an `include` entry brings its own for some of them.
struct Axes {
  std::vector<std::string> datasets;
  std::vector<std::string> backbones;
  std::vector<MethodCell> methods;
  std::vector<int64_t> seeds;
  std::vector<std::optional<int64_t>> folds;
};

std::vector<MethodCell> read_methods(const ExperimentConfig& config, const EntryList& list) {
  std::vector<MethodCell> methods;
  for (const NamedEntry& entry : list.entries) {
    const std::vector<MethodCell> cells = parse_method(config, entry);
    methods.insert(methods.end(), cells.begin(), cells.end());
  }
  return methods;
}

/// Names of a list that must all be among `known`.
std::vector<std::string> read_names(const ConfigNode& node, const std::vector<std::string>& known) {
  std::vector<std::string> names;
  for (const ConfigNode& item : items_of(node)) {
    const std::string name = item.scalar();
    if (std::find(known.begin(), known.end(), name) == known.end()) {
      item.fail("'{}' is not in the grid; {}", name, choice_hint(name, known));
    }
    names.push_back(name);
  }
  return names;
}

bool same_place(const Cell& a, const Cell& b) {
  return a.dataset == b.dataset && a.backbone == b.backbone && a.seed == b.seed &&
         a.fold == b.fold && a.method.name == b.method.name &&
         a.method.class_weight == b.method.class_weight && a.method.variant == b.method.variant;
}

bool same_settings(const MethodCell& a, const MethodCell& b) {
  return canonical_text(a.model) == canonical_text(b.model) && a.local_network == b.local_network &&
         canonical_text(a.evaluation({})) == canonical_text(b.evaluation({}));
}

void add_cell(std::vector<Cell>& cells, const Cell& cell) {
  for (Cell& before : cells) {
    if (!same_place(before, cell)) continue;
    if (!same_settings(before.method, cell.method)) {
      throw ConfigError(
          "{}: the same method with other parameters stands at {}; write the parameter as a list, "
          "so that "
          "the tables keep the two apart",
          cell.method.where, before.method.where);
    }
    add_k(cell.method.k, before.method.k);
    return;
  }
  cells.push_back(cell);
}

void add_product(std::vector<Cell>& cells, const Axes& axes) {
  const size_t more = axes.datasets.size() * axes.backbones.size() * axes.methods.size() *
                      axes.seeds.size() * axes.folds.size();
  if (cells.size() + more > kMostCells) {
    throw ConfigError(
        "the grid has {} cells (datasets times backbones times methods times seeds times folds), "
        "at most {} "
        "are "
        "planned; split the experiment",
        cells.size() + more, kMostCells);
  }
  for (const std::string& dataset : axes.datasets) {
    for (const std::string& backbone : axes.backbones) {
      for (const MethodCell& method : axes.methods) {
        for (const int64_t seed : axes.seeds) {
          for (const auto& fold : axes.folds)
            add_cell(cells, {dataset, backbone, method, seed, fold});
        }
      }
    }
  }
}

/// Folds that must all be among `known`: a data set is looked at once a fold.
std::vector<std::optional<int64_t>> read_folds(const ConfigNode& node,
                                               const std::vector<std::optional<int64_t>>& known) {
  std::vector<std::optional<int64_t>> folds;
  for (const int64_t fold : read_config<SeedList>(node).values) {
    if (std::find(known.begin(), known.end(), fold) == known.end())
      node.fail("fold {} is not in the grid; add it to the key 'folds'", fold);
    folds.emplace_back(fold);
  }
  return folds;
}

Axes read_include(const ExperimentConfig& config, const Axes& grid, const ConfigNode& node) {
  Axes axes = grid;
  for (const auto& [key, value] : node.entries()) {
    if (value.is_null()) value.fail("is empty; name at least one");
    if (key == "datasets") {
      axes.datasets = read_names(value, grid.datasets);
    } else if (key == "backbones") {
      axes.backbones = read_names(value, grid.backbones);
    } else if (key == "methods") {
      axes.methods = read_methods(config, read_config<EntryList>(value));
    } else if (key == "seeds") {
      axes.seeds = read_config<SeedList>(value).values;
    } else if (key == "folds") {
      axes.folds = read_folds(value, grid.folds);
    } else {
      value.fail("is not a known key; {}",
                 choice_hint(key, {"datasets", "backbones", "methods", "seeds", "folds"}));
    }
  }
  return axes;
}

/// One entry of `exclude`: the values that each of its keys names.
class Exclusion {
 public:
  explicit Exclusion(const ConfigNode& node) {
    static const std::vector<std::string> keys{"dataset",      "backbone", "method", "k",
                                               "class_weight", "seed",     "fold"};
    for (const auto& [key, value] : node.entries()) {
      if (std::find(keys.begin(), keys.end(), key) == keys.end()) {
        value.fail("is not a known key; {}", choice_hint(key, keys));
      }
      std::vector<std::string> words;
      for (const ConfigNode& item : items_of(value)) words.push_back(item.scalar());
      values_.emplace_back(key, std::move(words));
    }
    if (values_.empty()) node.fail("would take out the whole grid; name what to exclude");
  }

  /// Takes the cell's excluded patch counts out, and tells whether anything is left of it.
  bool leaves(Cell& cell) {
    const std::vector<std::string>* k = nullptr;
    for (const auto& [key, words] : values_) {
      if (key == "k") {
        k = &words;
      } else if (std::find(words.begin(), words.end(), field(cell, key)) == words.end()) {
        return true;
      }
    }
    if (k == nullptr) {
      matched_ = true;
      return false;
    }
    std::vector<std::string> left;
    for (const std::string& value : cell.method.k) {
      if (std::find(k->begin(), k->end(), value) == k->end()) left.push_back(value);
    }
    const bool had_k = !cell.method.k.empty();
    matched_ = matched_ || left.size() < cell.method.k.size();
    cell.method.k = left;
    return !had_k || !left.empty();
  }
  bool matched() const { return matched_; }

 private:
  static std::string field(const Cell& cell, const std::string& key) {
    if (key == "dataset") return cell.dataset;
    if (key == "backbone") return cell.backbone;
    if (key == "method") return cell.method.name;
    if (key == "class_weight") return cell.method.class_weight;
    if (key == "fold") return cell.fold ? std::to_string(*cell.fold) : "";
    return std::to_string(cell.seed);
  }
  std::vector<std::pair<std::string, std::vector<std::string>>> values_;
  bool matched_ = false;
};

void exclude(std::vector<Cell>& cells, const ConfigNode& node) {
  Exclusion exclusion(node);
  std::vector<Cell> left;
  for (Cell& cell : cells) {
    if (exclusion.leaves(cell)) left.push_back(cell);
  }
  if (!exclusion.matched()) node.fail("matches no cell of the grid; correct it or take it out");
  cells = std::move(left);
}

void require_values(const EntryList& list, const char* key, const ExperimentConfig& config) {
  if (list.empty())
    throw ConfigError("experiment '{}': the key '{}' is missing; name at least one",
                      config.experiment, key);
}

}  // namespace

const DatasetCell& Grid::dataset(const std::string& name,
                                 const std::optional<int64_t>& fold) const {
  const auto found = std::find_if(datasets.begin(), datasets.end(), [&](const DatasetCell& cell) {
    return cell.name == name && cell.fold == fold;
  });
  if (found == datasets.end()) throw ConfigError("data set '{}' is not in the grid", name);
  return *found;
}

bool Grid::wants(const Cell& cell) const {
  return std::find(left_out.begin(), left_out.end(), cell.dataset) == left_out.end();
}

Grid expand_grid(const ExperimentConfig& config) {
  datasets::FileDigests digests;
  return expand_grid(config, digests, [](const std::string& /*name*/) { return true; });
}

Grid expand_grid(const ExperimentConfig& config, datasets::FileDigests& digests,
                 const DatasetFilter& wanted) {
  const bool profiles_alone = config.datasets.empty() && config.profile;
  if (!profiles_alone) require_values(config.datasets, "datasets", config);
  require_values(config.backbones, "backbones", config);
  require_values(config.methods, "methods", config);
  Grid grid;
  Axes axes;
  axes.folds.assign(config.folds.values.begin(), config.folds.values.end());
  if (axes.folds.empty()) axes.folds.emplace_back();
  for (const NamedEntry& entry : config.datasets.entries) {
    const std::string name = dataset_name(entry);
    if (std::find(axes.datasets.begin(), axes.datasets.end(), name) != axes.datasets.end()) {
      entry.fail("'{}' is given twice; keep one of the two", name);
    }
    axes.datasets.push_back(name);
    if (wanted(name)) {
      for (const auto& fold : axes.folds)
        grid.datasets.push_back(resolve_dataset(config, entry, fold, digests));
    } else {
      grid.left_out.push_back(name);
    }
  }
  check_dataset_names(config, axes.datasets);
  if (profiles_alone) {
    axes.datasets.emplace_back();
    grid.left_out.emplace_back();
  }
  for (const BackboneCostModel& model : resolve_networks(config).local)
    axes.backbones.push_back(model.name);
  axes.methods = read_methods(config, config.methods);
  axes.seeds = config.seeds.values.empty() ? std::vector<int64_t>{0} : config.seeds.values;
  add_product(grid.cells, axes);
  for (const ConfigNode& node : config.include.values())
    add_product(grid.cells, read_include(config, axes, node));
  for (const ConfigNode& node : config.exclude.values()) exclude(grid.cells, node);
  add_order_cells(config.evaluation, grid);
  return grid;
}

}  // namespace nmsw::runners
