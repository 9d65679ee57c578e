#include "reporting/sections/choice_table.h"

#include <algorithm>
#include <iterator>

#include <fmt/format.h>

#include "reporting/claims/choice.h"
#include "reporting/conventions.h"
#include "reporting/patch_order.h"

namespace nmsw::reporting {
namespace {

// Four columns a k: more do not fit a page.
constexpr size_t kCountsAcross = 3;

OrderSettings random_order() {
  OrderSettings order;
  order.order = PatchOrder::random_foreground;
  return order;
}

std::vector<Column> order_columns(const std::vector<std::string>& counts) {
  std::vector<Column> columns(1);
  columns[0].name = "order";
  columns[0].title = "Patches in";
  columns[0].is_key = true;
  for (size_t i = 0; i < counts.size(); ++i) {
    const size_t first = i / kCountsAcross * kCountsAcross;
    const size_t last = std::min(first + kCountsAcross, counts.size()) - 1;
    for (const auto& [name, title] : {std::pair("dsc", "DSC"), std::pair("gain", "− random"),
                                      std::pair("low", "from"), std::pair("high", "to")}) {
      Column column;
      column.name = fmt::format("k_{}_{}", counts[i], name);
      column.title = title;
      column.group = "k=" + counts[i];
      column.panel = first == last ? "k = " + counts[first]
                                   : fmt::format("k = {} to {}", counts[first], counts[last]);
      columns.push_back(column);
    }
  }
  return columns;
}

/// Difference from the random order, and its interval; too few cases say how many there are.
std::vector<Cell> gain_cells(const ClaimInput& claims, const ComparisonRow& row,
                             const ComparisonRow& random) {
  if (!row.is_complete || !random.is_complete) return std::vector<Cell>(3);
  const PairedComparison compared = compare_pairs(claims.dsc.differences(
      {row.dataset, row.backbone, row.key}, {random.dataset, random.backbone, random.key}));
  if (!compared.interval) {
    const std::string count =
        fmt::format("{} case{}", compared.cases, compared.cases == 1 ? "" : "s");
    return {number_cell(compared.mean), text_cell(count), text_cell(count)};
  }
  return {number_cell(compared.mean), number_cell(compared.interval->low),
          number_cell(compared.interval->high)};
}

Row order_line(const ClaimInput& claims, const std::string& dataset, const std::string& backbone,
               const OrderSettings& order, const std::vector<std::string>& counts, bool partial) {
  Row line;
  line.cells.push_back(text_cell(order_label(order)));
  const OrderSettings random = random_order();
  for (const std::string& k : counts) {
    const ComparisonRow* row = order_row(claims, dataset, backbone, order, k);
    const ComparisonRow* base =
        same_order(order, random) ? nullptr : order_row(claims, dataset, backbone, random, k);
    line.cells.push_back(row == nullptr ? unplanned_cell()
                                        : score_cell(*row, row->dsc, row->dsc_sd, partial));
    std::vector<Cell> gain =
        row == nullptr || base == nullptr ? std::vector<Cell>(3) : gain_cells(claims, *row, *base);
    line.cells.insert(line.cells.end(), gain.begin(), gain.end());
  }
  return line;
}

bool is_planned_order(const ClaimInput& claims, const std::string& dataset,
                      const std::string& backbone, const OrderSettings& order,
                      const std::vector<std::string>& counts) {
  return std::any_of(counts.begin(), counts.end(), [&](const std::string& k) {
    return order_row(claims, dataset, backbone, order, k) != nullptr;
  });
}

/// "Means of draws: random foreground (5), untrained head (5)."
std::string draws_note(const ClaimInput& claims, const std::string& dataset,
                       const std::string& backbone, const std::vector<OrderSettings>& orders,
                       const std::vector<std::string>& counts) {
  std::string text;
  for (const OrderSettings& order : orders) {
    int64_t draws = 0;
    for (const std::string& k : counts) {
      const ComparisonRow* row = order_row(claims, dataset, backbone, order, k);
      if (row != nullptr) draws = std::max(draws, row->draws);
    }
    if (draws > 1)
      text += fmt::format("{}{} ({})", text.empty() ? "" : ", ", order_label(order), draws);
  }
  return text.empty() ? text : "Means of several draws: " + text + ".";
}

std::string level_note(const ClaimInput& claims, const std::string& dataset,
                       const std::string& backbone) {
  const ComparisonRow* window = find_row(claims.rows, dataset, backbone, sliding_window_key());
  if (window == nullptr || !window->is_complete || !window->dsc) return "";
  return fmt::format("The sliding window has a mean DSC of {:.3f} here.", *window->dsc);
}

std::vector<ComparisonRow> rows_on(const ClaimInput& claims, const std::string& dataset) {
  std::vector<ComparisonRow> rows;
  std::copy_if(claims.rows.begin(), claims.rows.end(), std::back_inserter(rows),
               [&](const ComparisonRow& row) { return row.dataset == dataset; });
  return rows;
}

}  // namespace

Table choice_table(const ClaimInput& claims, const std::string& dataset,
                   const std::string& backbone, const SectionInput& input) {
  const std::vector<std::string> counts = order_counts(claims, dataset);
  const std::vector<OrderSettings> orders = orders_on(claims, dataset);
  Table table{id_for("choice_" + file_word(dataset + "_" + backbone), claims.experiment, input),
              "DSC by order of patches: " + backbone_label(backbone) + ", " +
                  dataset_label(dataset) + title_suffix(claims.experiment, input),
              order_columns(counts),
              {},
              data_notes(input.store, rows_on(claims, dataset))};
  for (const OrderSettings& order : orders) {
    if (is_planned_order(claims, dataset, backbone, order, counts))
      table.rows.push_back(order_line(claims, dataset, backbone, order, counts, input.partial));
  }
  for (const std::string& note : {level_note(claims, dataset, backbone),
                                  draws_note(claims, dataset, backbone, orders, counts)}) {
    if (!note.empty()) table.notes.push_back(note);
  }
  table.notes.emplace_back(
      "DSC: mean over classes of the mean over cases. − random: mean over cases of the case's "
      "difference from the mean of the random order's draws, with its 95 % interval (Student's t "
      "corrected for skewness), for 6 cases or more; with 3 seeds or more the noise of the "
      "training counts as well. At k=full every order takes every patch.");
  return table;
}

}  // namespace nmsw::reporting
