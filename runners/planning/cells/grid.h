#pragma once

#include <array>
#include <functional>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "nmsw/config/methods.h"
#include "runners/planning/cells/dataset_cell.h"
#include "runners/planning/experiment/experiment.h"

namespace nmsw::runners {

/// Which training a sliding window takes its local network from: the local one, or the NMSW
/// training, whose local network went on for its steps.
enum class LocalNetwork { own, nmsw };

}  // namespace nmsw::runners

template <>
struct nmsw::EnumNames<nmsw::runners::LocalNetwork> {
  static constexpr std::array<std::pair<nmsw::runners::LocalNetwork, const char*>, 2> values{
      {{nmsw::runners::LocalNetwork::own, "own"}, {nmsw::runners::LocalNetwork::nmsw, "nmsw"}}};
};

namespace nmsw::runners {

/// One choice of a method and its parameters, lists multiplied out (k stays a list: one ranked pass
/// scores all of it).
///
/// parameters   what the entry sets besides k, as written
/// ranking      an order of evaluation.orders; wins over the parameters
/// model        the experiment's model with the parameters put in
/// local_network  which training a sliding window's network comes from
/// variant      the experiment's own and "key=value" of the parameters that were given as lists;
///              what keeps two cells apart in the tables
struct MethodCell {
  std::string name;
  std::vector<std::string> k;
  std::vector<std::pair<std::string, ConfigNode>> parameters;
  std::optional<OrderSettings> ranking;
  ModelConfig model;
  LocalNetwork local_network = LocalNetwork::own;
  std::string class_weight = "on";
  std::string variant;
  std::string where;

  /// The data set's evaluation with this cell's parameters put in.
  EvaluationConfig evaluation(EvaluationConfig base) const;
};

/// One cell of the experiment's table.
struct Cell {
  std::string dataset;
  std::string backbone;
  MethodCell method;
  int64_t seed = 0;
  /// Held-out fold of a cross-validation.
  std::optional<int64_t> fold{};
};

/// The product of the grid's lists, with `include` added and `exclude` taken out. Cells that differ
/// in k only are one cell. Throws ConfigError with file:line:column for unknown names, wrong
/// parameters, an exclude that matches nothing and two cells that would fill the same place of a
/// table.
/// `evaluation.orders` comes last: what is left of the grid has its orders, too.
///
/// datasets   those that are wanted, ready for their tasks, each fold one of its own
/// left_out   names of the others, whose files nobody looked at; their cells are among `cells`. An
///            experiment that only profiles names no data set: its cells have the empty name
/// notes      what the plan says of the grid besides
struct Grid {
  std::vector<DatasetCell> datasets;
  std::vector<std::string> left_out;
  std::vector<Cell> cells;
  std::vector<std::string> notes;
  bool wants(const Cell& cell) const;
  const DatasetCell& dataset(const Cell& cell) const { return dataset(cell.dataset, cell.fold); }
  const DatasetCell& dataset(const std::string& name,
                             const std::optional<int64_t>& fold = std::nullopt) const;
};

/// Says whether a data set of that name is wanted.
using DatasetFilter = std::function<bool(const std::string& name)>;

/// Throws what `resolve_dataset` throws of the data sets that are wanted.
Grid expand_grid(const ExperimentConfig& config, datasets::FileDigests& digests,
                 const DatasetFilter& wanted);
/// Of every data set, remembering no contents.
Grid expand_grid(const ExperimentConfig& config);

/// The cells of one entry of `methods`.
std::vector<MethodCell> parse_method(const ExperimentConfig& config, const NamedEntry& named);

/// The numbers, which ascend, then "auto", then "full"; each once.
std::vector<std::string> sorted_k(std::vector<std::string> k);

/// Puts more of them in.
void add_k(const std::vector<std::string>& more, std::vector<std::string>& k);

}  // namespace nmsw::runners
