#include "reporting/sections/paper_costs.h"

#include <algorithm>
#include <cmath>

#include <fmt/format.h>

#include "reporting/closed_forms.h"
#include "reporting/conventions.h"
#include "reporting/paper_numbers.h"

namespace nmsw::reporting {
namespace {

constexpr double kSameCost = 1e-6;

std::optional<double> closed_form_of(const Cost& cost, const std::string& column) {
  if (column == "macs_paper_t") return cost.macs_paper / 1e12;
  if (column == "macs_t") return cost.macs / 1e12;
  if (column == "params_paper_m") return cost.params_paper / 1e6;
  if (column == "params_m") return cost.params / 1e6;
  return std::nullopt;
}

std::string machine_of(const std::vector<PaperTiming>& timings) {
  return timings.empty() ? "not measured" : machine_text(timings.front());
}

}  // namespace

const std::vector<CostColumn>& cost_columns() {
  static const std::vector<CostColumn> columns{
      {"gpu_s", "GPU", "s", &ComparisonRow::gpu_s, true},
      {"cpu_s", "CPU", "s", &ComparisonRow::cpu_s, true},
      {"macs_paper_t", "MACs", "T", &ComparisonRow::macs_paper_t, true},
      {"macs_t", "MACs true", "T", &ComparisonRow::macs_t, false},
      {"params_paper_m", "Param", "M", &ComparisonRow::params_paper_m, true},
      {"params_m", "Param true", "M", &ComparisonRow::params_m, false},
      {"memory_gb", "Mem", "GB", &ComparisonRow::memory_gb, true}};
  return columns;
}

Cell own_cost_cell(const std::vector<const ComparisonRow*>& rows, const CostColumn& column) {
  if (rows.empty()) return unplanned_cell();
  Cell cell;
  for (const ComparisonRow* row : rows) {
    const std::optional<double>& value = row->*column.member;
    if (!value) continue;
    if (cell.value && std::fabs(*cell.value - *value) > kSameCost * std::fabs(*value))
      return text_cell("by dataset");
    cell.value = value;
  }
  return cell;
}

PaperCosts::PaperCosts(const results::ResultStore& store) {
  const std::vector<PaperTiming> timings = paper_timings(store);
  gpu_ = of_one_machine(timings, false);
  cpu_ = of_one_machine(timings, true);
}

Cell PaperCosts::measured_cell(const std::string& backbone, const MethodKey& key,
                               const std::string& column) const {
  const bool is_memory = column == "memory_gb";
  const PaperTiming* timing = column == "cpu_s" ? nullptr : find_timing(gpu_, backbone, key);
  const bool wants_cpu = column == "cpu_s" || (is_memory && timing == nullptr);
  if (wants_cpu) timing = find_timing(cpu_, backbone, key);
  Cell cell = unplanned_cell();
  if (timing == nullptr) return cell;
  const std::optional<double> value =
      is_memory ? timing->memory_gb : std::optional<double>(timing->seconds);
  if (!value) return cell;
  cell = number_cell(value);
  cell.is_comparable = is_memory ? !timing->on_cpu() : is_paper_device(*timing);
  return cell;
}

Cell PaperCosts::cell(const std::string& backbone, const MethodKey& key,
                      const CostColumn& column) const {
  const std::optional<Cost> cost = paper_size_cost(backbone, key);
  const std::optional<double> exact = cost ? closed_form_of(*cost, column.name) : std::nullopt;
  Cell cell = exact ? number_cell(exact) : measured_cell(backbone, key, column.name);
  if (!column.has_reference) return cell;
  cell.reference = paper_value(backbone, key, "", column.name);
  const std::vector<MethodKey> of_paper = paper_methods(backbone);
  const bool is_of_paper = std::find(of_paper.begin(), of_paper.end(), key) != of_paper.end();
  if (is_of_paper && cell.reference.empty()) cell.reference = "-";
  return cell;
}

std::vector<std::string> PaperCosts::notes() const {
  return {
      mac_convention_note(),
      "MACs and parameters are closed forms at the paper's size: 480×480×480 voxels, 20 classes, "
      "patch 128×128×128, overlap 0.5, rate 3, networks of full width, the UNet as global network.",
      fmt::format("Seconds and memory are from profiles of that size in this database, whatever "
                  "their experiment (make speed): GPU: {}; CPU: {}. The paper's are of an H100 and "
                  "a Xeon Gold. Memory is the measured peak in 10^9 bytes (GB), of the GPU where "
                  "there was one, else of the host.",
                  machine_of(gpu_), machine_of(cpu_))};
}

}  // namespace nmsw::reporting
