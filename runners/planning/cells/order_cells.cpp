#include "runners/planning/cells/order_cells.h"

#include <algorithm>
#include <map>

#include "runners/planning/experiment/names.h"
#include "runners/planning/tasks/identity.h"

namespace nmsw::runners {
namespace {

EvaluationConfig evaluation_of(const Cell& cell, const Grid& grid) {
  return cell.method.evaluation(grid.dataset(cell).evaluation);
}

bool takes_orders(const Cell& cell, const Grid& grid) {
  return grid.wants(cell) && method_named(cell.method.name).takes_order() &&
         cell.method.model.aggregation == AggregationKind::class_weight &&
         evaluation_of(cell, grid).order == PatchOrder::scores;
}

/// Whether the order itself says how many patches are enough.
bool has_an_end(const Cell& cell, const Grid& grid) {
  if (!method_named(cell.method.name).takes_order()) return false;
  const EvaluationConfig evaluation = evaluation_of(cell, grid);
  return evaluation.order == PatchOrder::coverage ||
         (evaluation.order == PatchOrder::scores && evaluation.mass_left);
}

/// The same for two cells whose evaluations differ in names and k alone.
std::string identity_of(const Cell& cell, const Grid& grid) {
  EvaluateSpec spec;
  spec.method = cell.method.name;
  spec.model = cell.method.model;
  spec.evaluation = evaluation_of(cell, grid);
  return fmt::format("{}\n{}\n{}\n{}\n{}\n{}\n{}", cell.dataset, cell.backbone, cell.seed,
                     cell.fold.value_or(-1), spec.evaluation.auto_left,
                     spec.evaluation.mass_left.value_or(-1), task_identity(spec).dump());
}

/// What of a variant says nothing of the order.
std::string without_order(const std::string& variant) {
  std::string rest;
  for (size_t start = 0; start < variant.size();) {
    const size_t end = std::min(variant.find(',', start), variant.size());
    const std::string part = variant.substr(start, end - start);
    const std::string key = part.substr(0, part.find('='));
    if (key != "order" && key != "gain" && key != "discount" && key != "draw")
      rest += (rest.empty() ? "" : ",") + part;
    start = end + 1;
  }
  return rest;
}

/// With all patches every order gives the labels that the scores give.
void leave_out_full(std::vector<std::string>& k) {
  if (k.size() > 1) k.erase(std::remove(k.begin(), k.end(), "full"), k.end());
}

Cell with_order(Cell cell, const OrderSettings& order, bool names_draw) {
  const std::string rest = without_order(cell.method.variant);
  cell.method.variant = (rest.empty() ? "" : rest + ",") + order_variant(order, names_draw);
  cell.method.ranking = order;
  leave_out_full(cell.method.k);
  return cell;
}

void require_few(size_t cells) {
  if (cells <= kMostCells) return;
  throw ConfigError(
      "with evaluation.orders the grid has {} cells, at most {} are planned; name fewer orders, "
      "lower evaluation.order_draws, or split the experiment",
      cells, kMostCells);
}

void add_orders(const EvaluationSection& evaluation, Grid& grid) {
  if (evaluation.orders.orders.empty()) return;
  std::vector<Cell> bases;
  std::map<std::string, size_t> places;
  for (size_t i = 0; i < grid.cells.size(); ++i) {
    const Cell& cell = grid.cells[i];
    if (grid.wants(cell)) places.emplace(identity_of(cell, grid), i);
    if (takes_orders(cell, grid)) bases.push_back(cell);
  }
  if (bases.empty()) {
    grid.notes.emplace_back(
        "evaluation.orders adds nothing: no cell of nmsw has class weights and the order scores");
  }
  const auto orders = with_draws(evaluation.orders, evaluation.order_draws);
  require_few(grid.cells.size() + bases.size() * orders.size());
  for (const Cell& base : bases) {
    for (const OrderSettings& order : orders) {
      Cell cell = with_order(base, order, is_drawn(order.order) && evaluation.order_draws > 1);
      const auto [place, added] = places.emplace(identity_of(cell, grid), grid.cells.size());
      if (added) {
        grid.cells.push_back(std::move(cell));
      } else {
        add_k(cell.method.k, grid.cells[place->second].method.k);
      }
    }
  }
}

/// An entry of `methods` with k auto has a cell whose order has an end, or gets one.
void require_an_end_for_auto(const EvaluationSection& evaluation, const Grid& grid) {
  const auto& orders = evaluation.orders.orders;
  const bool adds_coverage = std::any_of(
      orders.begin(), orders.end(),
      [](const OrderSettings& settings) { return settings.order == PatchOrder::coverage; });
  std::map<std::string, bool> has_end;
  for (const Cell& cell : grid.cells) {
    if (!grid.wants(cell) || !has_auto_k(cell.method.k)) continue;
    bool& has = has_end[cell.method.where];
    has = has || has_an_end(cell, grid) || (adds_coverage && takes_orders(cell, grid));
  }
  for (const auto& [where, has] : has_end) {
    if (has) continue;
    throw ConfigError(
        "{}: k: auto is for nmsw with order coverage, or with scores and mass_left; add order: "
        "coverage or mass_left: 0.01 to the entry, or coverage to evaluation.orders, or take auto "
        "out",
        where);
  }
}

/// The other orders have no end of their own.
void keep_auto_where_it_ends(Grid& grid) {
  std::vector<Cell> cells;
  for (Cell& cell : grid.cells) {
    std::vector<std::string>& k = cell.method.k;
    const bool drops = grid.wants(cell) && has_auto_k(k) && !has_an_end(cell, grid);
    if (drops) k.erase(std::remove(k.begin(), k.end(), kAutoKName), k.end());
    if (!drops || !k.empty()) cells.push_back(std::move(cell));
  }
  grid.cells = std::move(cells);
}

}  // namespace

void add_order_cells(const EvaluationSection& evaluation, Grid& grid) {
  require_an_end_for_auto(evaluation, grid);
  add_orders(evaluation, grid);
  keep_auto_where_it_ends(grid);
}

}  // namespace nmsw::runners
