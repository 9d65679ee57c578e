#include "reporting/paper_numbers.h"

#include <algorithm>

#include "reporting/reference.h"

namespace nmsw::reporting {
namespace {

const std::vector<CsvRecord>& paper_table() {
  static const std::vector<CsvRecord> records = parse_csv(reference_csv("paper"), "paper.csv");
  return records;
}

const std::vector<CsvRecord>& ablation_figure() {
  static const std::vector<CsvRecord> records =
      parse_csv(reference_csv("paper_ablation"), "paper_ablation.csv");
  return records;
}

/// The values of a column in the rows of one table, each once, in order.
std::vector<std::string> distinct_values(const std::string& table, const std::string& column) {
  std::vector<std::string> values;
  for (const CsvRecord& record : paper_table()) {
    const std::string& value = record.at(column);
    if (record.at("table") == table && !value.empty() &&
        std::find(values.begin(), values.end(), value) == values.end())
      values.push_back(value);
  }
  return values;
}

bool is_row(const CsvRecord& record, const std::string& backbone, const MethodKey& key) {
  return record.at("backbone") == backbone && record.at("method") == key.method &&
         record.at("k") == key.k;
}

}  // namespace

std::string paper_value(const std::string& backbone, const MethodKey& key,
                        const std::string& dataset, const std::string& metric) {
  if (key.class_weight == "off" || !key.variant.empty()) return "";
  for (const CsvRecord& record : paper_table()) {
    if (record.at("table") == "Table 2" && is_row(record, backbone, key) &&
        record.at("dataset") == dataset && record.at("metric") == metric) {
      return record.at("value");
    }
  }
  return "";
}

std::vector<std::string> paper_devices() { return distinct_values("Table 1", "hardware"); }

std::string paper_sliding_window_seconds(const std::string& backbone, const std::string& device) {
  for (const CsvRecord& record : paper_table()) {
    if (record.at("table") == "Table 1" && record.at("backbone") == backbone &&
        record.at("hardware") == device)
      return record.at("value");
  }
  return "";
}

std::vector<std::string> paper_backbones() { return distinct_values("Table 2", "backbone"); }
std::vector<std::string> paper_datasets() { return distinct_values("Table 2", "dataset"); }

std::vector<MethodKey> paper_methods(const std::string& backbone) {
  std::vector<MethodKey> methods;
  for (const CsvRecord& record : paper_table()) {
    if (record.at("table") != "Table 2" || record.at("backbone") != backbone) continue;
    const MethodKey key{record.at("method"), record.at("k"), "on", ""};
    if (std::find(methods.begin(), methods.end(), key) == methods.end()) methods.push_back(key);
  }
  return methods;
}

std::string paper_ablation_value(const std::string& backbone, const MethodKey& key,
                                 const std::string& dataset) {
  if (!key.variant.empty()) return "";
  for (const CsvRecord& record : ablation_figure()) {
    const std::string& class_weight = record.at("class_weight");
    if (is_row(record, backbone, key) && record.at("dataset") == dataset &&
        (class_weight.empty() || class_weight == key.class_weight)) {
      return record.at("value");
    }
  }
  return "";
}

std::vector<std::string> paper_ablation_counts() {
  std::vector<std::string> counts;
  for (const CsvRecord& record : ablation_figure()) {
    const std::string& k = record.at("k");
    if (!k.empty() && std::find(counts.begin(), counts.end(), k) == counts.end())
      counts.push_back(k);
  }
  std::sort(counts.begin(), counts.end(), k_before);
  return counts;
}

}  // namespace nmsw::reporting
