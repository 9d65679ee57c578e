#pragma once

#include "runners/planning/cells/grid.h"

namespace nmsw::runners {

/// Adds the orders of `evaluation` to the grid: a cell an order for each of its cells of a method
/// that takes one, runs with class weights and ranks by its scores, of the same trainings and k. A
/// cell that the grid has already, under any variant, gets these k. Says so in the grid's notes
/// where no cell takes them; ConfigError where there are more cells than are planned.
/// A k of auto stays in cells that rank by coverage; ConfigError where an entry of `methods` has it
/// and no such cell.
void add_order_cells(const EvaluationSection& evaluation, Grid& grid);

}  // namespace nmsw::runners
