#include <algorithm>
#include <map>
#include <tuple>

#include <fmt/format.h>

#include "reporting/claims/choice.h"
#include "reporting/conventions.h"
#include "reporting/patch_order.h"
#include "reporting/rows.h"
#include "reporting/sections/choice_table.h"

namespace nmsw::reporting {
namespace {

/// How far below its target a mean DSC may lie.
constexpr double kReached = 0.01;

struct PassPlace {
  std::string dataset, backbone, method, k;
  bool operator<(const PassPlace& other) const {
    return std::tie(dataset, backbone, method, k) <
           std::tie(other.dataset, other.backbone, other.method, other.k);
  }
};

/// MACs of the evaluations, on the largest test volume of their data set: an order changes which
/// patches are taken, not what they cost.
std::map<PassPlace, double> evaluation_macs(const ClaimInput& claims) {
  const Rows rows(claims.store,
                  "SELECT dataset, backbone, method, k, class_weight, variant, max(macs) AS macs "
                  "FROM v_costs WHERE kind = 'evaluate' AND macs > 0 AND method IN ('nmsw', "
                  "'sliding_window') AND experiment = " +
                      sql_quoted(claims.experiment) +
                      " GROUP BY dataset, backbone, method, k, class_weight, variant");
  std::map<PassPlace, double> macs;
  for (size_t i = 0; i < rows.size(); ++i) {
    const MethodKey key{rows.text(i, "method"), rows.text(i, "k"), rows.text(i, "class_weight"),
                        rows.text(i, "variant")};
    if (!(key == sliding_window_key()) && !order_of(key)) continue;
    macs[{rows.text(i, "dataset"), rows.text(i, "backbone"), key.method, key.k}] =
        rows.number(i, "macs").value_or(0);
  }
  return macs;
}

struct ReachLine {
  std::string dataset, backbone;
  OrderSettings order;
};

/// "30", "5 or less" where a smaller k is not complete, "none", or what is missing.
Cell smallest_cell(const ClaimInput& claims, const ReachLine& line, const ComparisonRow* target,
                   std::string& found) {
  if (target == nullptr) return text_cell("not run");
  if (!target->is_complete) return text_cell(progress_text(*target));
  if (!target->dsc) return text_cell("undefined");
  bool is_open = false;
  for (const std::string& k : order_counts(claims, line.dataset)) {
    const ComparisonRow* row = order_row(claims, line.dataset, line.backbone, line.order, k);
    if (row == nullptr) continue;
    if (!row->is_complete || !row->dsc) {
      is_open = true;
    } else if (*row->dsc >= *target->dsc - kReached) {
      found = k;
      return text_cell(k + (is_open ? " or less" : ""));
    }
  }
  return text_cell(is_open ? "not known" : "none");
}

Cell share_of_window(const std::map<PassPlace, double>& macs, const ReachLine& line,
                     const std::string& k) {
  const auto own = macs.find({line.dataset, line.backbone, "nmsw", k});
  const auto window = macs.find({line.dataset, line.backbone, "sliding_window", ""});
  if (k.empty() || own == macs.end() || window == macs.end()) return Cell{};
  return number_cell(100 * own->second / window->second);
}

std::vector<Column> reach_columns() {
  std::vector<Column> columns(7);
  const std::vector<const char*> names{"dataset", "backbone", "order",    "k_sw",
                                       "macs_sw", "k_full",   "macs_full"};
  const std::vector<const char*> titles{"Dataset", "Backbone", "Patches in", "k",
                                        "MACs",    "k",        "MACs"};
  for (size_t c = 0; c < columns.size(); ++c) {
    columns[c].name = names[c];
    columns[c].title = titles[c];
    columns[c].is_key = c < 3;
    if (c == 3 || c == 4) columns[c].group = "as SW";
    if (c >= 5) columns[c].group = "as NMSW (k=full)";
    if (c == 4 || c == 6) {
      columns[c].unit = "% of SW";
      columns[c].digit_count = 1;
    }
  }
  return columns;
}

Row reach_row(const ClaimInput& claims, const std::map<PassPlace, double>& macs,
              const ReachLine& line) {
  Row row;
  row.cells = {text_cell(dataset_label(line.dataset)), text_cell(backbone_label(line.backbone)),
               text_cell(order_label(line.order))};
  for (const MethodKey& key : {sliding_window_key(), nmsw_key("full")}) {
    std::string k;
    row.cells.push_back(
        smallest_cell(claims, line, find_row(claims.rows, line.dataset, line.backbone, key), k));
    row.cells.push_back(share_of_window(macs, line, k));
  }
  return row;
}

bool has_rows(const ClaimInput& claims, const ReachLine& line) {
  const std::vector<std::string> counts = order_counts(claims, line.dataset);
  return std::any_of(counts.begin(), counts.end(), [&](const std::string& k) {
    return order_row(claims, line.dataset, line.backbone, line.order, k) != nullptr;
  });
}

}  // namespace

Table choice_reach_table(const ClaimInput& claims, const SectionInput& input) {
  Table table{id_for("choice_reach", claims.experiment, input),
              "How many patches are enough" + title_suffix(claims.experiment, input),
              reach_columns(),
              {},
              {}};
  const std::map<PassPlace, double> macs = evaluation_macs(claims);
  std::vector<ComparisonRow> shown;
  for (const std::string& dataset : choice_datasets(claims)) {
    for (const ComparisonRow& row : claims.rows) {
      if (row.dataset == dataset) shown.push_back(row);
    }
    for (const std::string& backbone : backbones_of(claims.rows)) {
      bool is_first = true;
      for (const OrderSettings& order : orders_on(claims, dataset)) {
        const ReachLine line{dataset, backbone, order};
        if (!has_rows(claims, line)) continue;
        table.rows.push_back(reach_row(claims, macs, line));
        table.rows.back().starts_block = is_first;
        is_first = false;
      }
    }
  }
  table.notes = data_notes(input.store, shown);
  table.notes.emplace_back(fmt::format(
      "The smallest stored k at which the mean DSC is at most {} below that of the sliding window, "
      "and of NMSW with all patches (no test: the means as they are), and what so many patches "
      "cost: true MACs on the largest test volume as a share of the sliding window's. none: no "
      "stored k is enough. No order runs a network besides NMSW's own pass but the oracle, which "
      "tries every patch; that is not counted here.",
      kReached));
  return table;
}

}  // namespace nmsw::reporting
