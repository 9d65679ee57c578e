#include "reporting/tolerance_note.h"

#include <algorithm>
#include <map>
#include <set>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "reporting/rows.h"

namespace nmsw::reporting {
namespace {

/// A group of more classes is not named where it is the largest.
constexpr size_t kNamed = 4;

/// Names of the classes by their tolerance.
using ToleranceGroups = std::map<double, std::vector<std::string>>;

std::string cell_name(const std::string& dataset, const std::string& backbone,
                      const MethodKey& key) {
  return fmt::format("{}\n{}\n{}\n{}\n{}\n{}", dataset, backbone, key.method, key.k,
                     key.class_weight, key.variant);
}

/// By cell, classes in their order.
std::map<std::string, ToleranceGroups> read_groups(const results::ResultStore& store,
                                                   const std::string& experiment) {
  const Rows rows(
      store,
      "SELECT DISTINCT f.dataset, f.backbone, f.method, s.k, f.class_weight, "
      "f.variant, s.class_index, s.class_name, s.tolerance FROM v_class_scores s JOIN "
      "v_finished f ON f.run = s.run WHERE s.metric = 'nsd' AND s.tolerance IS NOT NULL "
      "AND f.experiment = " +
          sql_quoted(experiment) + " ORDER BY s.class_index");
  std::map<std::string, ToleranceGroups> groups;
  for (size_t i = 0; i < rows.size(); ++i) {
    const MethodKey key{rows.text(i, "method"), rows.text(i, "k"), rows.text(i, "class_weight"),
                        rows.text(i, "variant")};
    std::vector<std::string>& names = groups[cell_name(
        rows.text(i, "dataset"), rows.text(i, "backbone"), key)][*rows.number(i, "tolerance")];
    const std::string name = rows.text(i, "class_name");
    if (std::find(names.begin(), names.end(), name) == names.end()) names.push_back(name);
  }
  return groups;
}

std::string length_text(double tolerance, const std::string& unit) {
  return fmt::format("{:g} {}{}", tolerance, unit, unit == "voxel" && tolerance != 1 ? "s" : "");
}

std::string and_list(const std::vector<std::string>& words) {
  if (words.size() < 2) return words.empty() ? "" : words.front();
  return fmt::format("{} and {}", fmt::join(words.begin(), words.end() - 1, ", "), words.back());
}

std::string groups_text(const ToleranceGroups& groups, const std::string& unit) {
  const auto largest = std::max_element(
      groups.begin(), groups.end(),
      [](const auto& a, const auto& b) { return a.second.size() < b.second.size(); });
  const bool has_others = largest != groups.end() && largest->second.size() > kNamed;
  std::vector<std::string> parts;
  for (const auto& [tolerance, names] : groups) {
    if (!has_others || tolerance != largest->first)
      parts.push_back(length_text(tolerance, unit) + " for " + and_list(names));
  }
  if (has_others) parts.push_back(length_text(largest->first, unit) + " for the other classes");
  return fmt::format("{}", fmt::join(parts, "; "));
}

}  // namespace

std::optional<std::string> tolerance_note(const results::ResultStore& store,
                                          const std::string& experiment,
                                          const std::vector<ComparisonRow>& rows) {
  const bool has_groups = std::any_of(rows.begin(), rows.end(), [](const ComparisonRow& row) {
    return !row.nsd_unit.empty() && !row.nsd_tolerance;
  });
  std::map<std::string, ToleranceGroups> groups;
  if (has_groups) groups = read_groups(store, experiment);
  std::set<std::string> tolerances;
  for (const ComparisonRow& row : rows) {
    std::string text;
    if (row.nsd_tolerance) {
      text = length_text(*row.nsd_tolerance, row.nsd_unit);
    } else if (!row.nsd_unit.empty()) {
      text = groups_text(groups[cell_name(row.dataset, row.backbone, row.key)], row.nsd_unit);
    }
    if (!text.empty()) tolerances.insert(text + " (" + dataset_label(row.dataset) + ")");
  }
  if (tolerances.empty()) return std::nullopt;
  return fmt::format("NSD tolerance: {}.", fmt::join(tolerances, ", "));
}

}  // namespace nmsw::reporting
