#include "reporting/comparison.h"

#include <algorithm>
#include <cctype>

#include <fmt/format.h>

#include "reporting/patch_order.h"
#include "reporting/rows.h"

namespace nmsw::reporting {
namespace {

ComparisonRow read_row(const Rows& rows, size_t i) {
  ComparisonRow row;
  row.experiment = rows.text(i, "experiment");
  row.dataset = rows.text(i, "dataset");
  row.backbone = rows.text(i, "backbone");
  row.key = {rows.text(i, "method"), rows.text(i, "k"), rows.text(i, "class_weight"),
             without_draw(rows.text(i, "variant"))};
  row.seeds = rows.count(i, "seeds");
  row.seeds_expected = rows.count(i, "seeds_expected");
  row.folds = rows.count(i, "folds");
  row.cases = rows.count(i, "cases");
  row.cases_expected = rows.count(i, "cases_expected");
  row.is_complete = rows.count(i, "complete") != 0;
  row.dsc = rows.number(i, "dsc");
  row.dsc_sd = rows.number(i, "dsc_sd");
  row.nsd = rows.number(i, "nsd");
  row.nsd_sd = rows.number(i, "nsd_sd");
  row.dsc_pooled = rows.number(i, "dsc_pooled");
  row.nsd_pooled = rows.number(i, "nsd_pooled");
  row.nsd_unit = rows.text(i, "nsd_unit");
  row.nsd_geometry = rows.text(i, "nsd_geometry");
  row.nsd_tolerance = rows.number(i, "nsd_tolerance");
  row.macs_t = rows.number(i, "macs_t");
  row.macs_paper_t = rows.number(i, "macs_paper_t");
  row.params_m = rows.number(i, "params_m");
  row.params_paper_m = rows.number(i, "params_paper_m");
  row.gpu_s = rows.number(i, "gpu_s");
  row.cpu_s = rows.number(i, "cpu_s");
  row.memory_gb = rows.number(i, "memory_gb");
  return row;
}

bool row_before(const ComparisonRow& a, const ComparisonRow& b) {
  if (a.backbone != b.backbone) return backbone_before(a.backbone, b.backbone);
  if (!(a.key == b.key)) return method_before(a.key, b.key);
  return dataset_before(a.dataset, b.dataset);
}

/// Adds one more draw to a row that is the sum of `row.draws` of them.
void add_draw(ComparisonRow& row, const ComparisonRow& draw) {
  ++row.draws;
  row.is_complete = row.is_complete && draw.is_complete;
  row.seeds = std::min(row.seeds, draw.seeds);
  row.seeds_expected = std::max(row.seeds_expected, draw.seeds_expected);
  row.cases = std::min(row.cases, draw.cases);
  row.cases_expected = std::max(row.cases_expected, draw.cases_expected);
  for (const auto score : {&ComparisonRow::dsc, &ComparisonRow::nsd, &ComparisonRow::dsc_pooled,
                           &ComparisonRow::nsd_pooled}) {
    if (row.*score && draw.*score) {
      *(row.*score) += *(draw.*score);
    } else {
      (row.*score).reset();
    }
  }
  row.dsc_sd.reset();
  row.nsd_sd.reset();
}

ComparisonRow mean_of_draws(ComparisonRow row) {
  for (const auto score : {&ComparisonRow::dsc, &ComparisonRow::nsd, &ComparisonRow::dsc_pooled,
                           &ComparisonRow::nsd_pooled}) {
    if (row.*score) *(row.*score) /= static_cast<double>(row.draws);
  }
  return row;
}

template <class Before>
std::vector<std::string> distinct(const std::vector<ComparisonRow>& rows,
                                  std::string ComparisonRow::*member, Before before) {
  std::vector<std::string> values;
  for (const ComparisonRow& row : rows) {
    if (std::find(values.begin(), values.end(), row.*member) == values.end())
      values.push_back(row.*member);
  }
  std::sort(values.begin(), values.end(), before);
  return values;
}

}  // namespace

std::vector<ComparisonRow> read_comparison(const results::ResultStore& store,
                                           const std::string& experiment) {
  const Rows rows(store, "SELECT * FROM v_comparison WHERE experiment = " + sql_quoted(experiment));
  std::vector<ComparisonRow> read;
  for (size_t i = 0; i < rows.size(); ++i) {
    const ComparisonRow row = read_row(rows, i);
    const auto same = std::find_if(read.begin(), read.end(), [&](const ComparisonRow& other) {
      return other.dataset == row.dataset && other.backbone == row.backbone && other.key == row.key;
    });
    if (same == read.end()) {
      read.push_back(row);
    } else {
      add_draw(*same, row);
    }
  }
  std::transform(read.begin(), read.end(), read.begin(), mean_of_draws);
  std::sort(read.begin(), read.end(), row_before);
  return read;
}

const ComparisonRow* find_row(const std::vector<ComparisonRow>& rows, const std::string& dataset,
                              const std::string& backbone, const MethodKey& key) {
  for (const ComparisonRow& row : rows) {
    if (row.dataset == dataset && row.backbone == backbone && row.key == key) return &row;
  }
  return nullptr;
}

const ComparisonRow* plain_row_of(const std::vector<ComparisonRow>& rows,
                                  const ComparisonRow& row) {
  if (row.key.variant.empty()) return nullptr;
  MethodKey key = row.key;
  key.variant.clear();
  const ComparisonRow* found = find_row(rows, row.dataset, row.backbone, key);
  if (found != nullptr) return found;
  key.class_weight = "on";
  return find_row(rows, row.dataset, row.backbone, key);
}

std::vector<ComparisonRow> without_variants(const std::vector<ComparisonRow>& rows) {
  std::vector<ComparisonRow> kept;
  for (const ComparisonRow& row : rows) {
    if (plain_row_of(rows, row) == nullptr && !is_control(row.key)) kept.push_back(row);
  }
  return kept;
}

std::string progress_text(const ComparisonRow& row) {
  if (row.is_complete) return "";
  // How many cases real data hold may be unknown until the evaluation has read them.
  std::string cases = row.cases_expected > 0
                          ? fmt::format("{}/{} cases", row.cases, row.cases_expected)
                          : fmt::format("{} cases", row.cases);
  if (row.seeds_expected < 2 || row.seeds == row.seeds_expected) return cases;
  return fmt::format("{}/{} seeds", row.seeds, row.seeds_expected);
}

Cell score_cell(const ComparisonRow& row, const std::optional<double>& value,
                const std::optional<double>& spread, bool partial) {
  Cell cell;
  cell.is_complete = row.is_complete;
  cell.text = progress_text(row);
  if (row.is_complete && !value) cell.text = "undefined";
  if (!row.is_complete && !partial) return cell;
  cell.value = value;
  if (row.seeds > 1 || row.folds > 1) cell.spread = spread;
  return cell;
}

std::vector<std::string> backbones_of(const std::vector<ComparisonRow>& rows) {
  return distinct(rows, &ComparisonRow::backbone, backbone_before);
}

std::vector<std::string> datasets_of(const std::vector<ComparisonRow>& rows) {
  return distinct(rows, &ComparisonRow::dataset, dataset_before);
}

std::string id_for(const std::string& name, const std::string& experiment,
                   const SectionInput& input) {
  return input.experiments.size() < 2 ? name : name + "_" + file_word(experiment);
}

std::string title_suffix(const std::string& experiment, const SectionInput& input) {
  return input.experiments.size() < 2 ? "" : ", experiment '" + experiment + "'";
}

std::string file_word(const std::string& text) {
  std::string word;
  for (const char letter : text) {
    const auto byte = static_cast<unsigned char>(letter);
    word += std::isalnum(byte) != 0 ? static_cast<char>(std::tolower(byte)) : '_';
  }
  return word;
}

}  // namespace nmsw::reporting
