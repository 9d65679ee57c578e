#include "reporting/paper_timings.h"

#include <algorithm>
#include <sstream>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "nmsw/cost/catalog.h"
#include "reporting/closed_forms.h"
#include "reporting/rows.h"

namespace nmsw::reporting {
namespace {

using nlohmann::json;

constexpr const char* kUsualGlobal = "unet";

/// Whether everything that the stored network says is as in the full one; a setting that came later
/// is not stored and does not count.
bool is_full_width(const std::string& backbone, const std::string& stored_text) {
  if (stored_text.empty()) return true;
  const auto& catalog = backbone_cost_catalog();
  const auto entry =
      std::find_if(catalog.begin(), catalog.end(),
                   [&](const BackboneCostEntry& one) { return one.name == backbone; });
  if (entry == catalog.end()) return false;
  const json stored = json::parse(stored_text, nullptr, false);
  if (!stored.is_object()) return false;
  const json full = json::parse(entry->parse(ConfigNode::parse("{}", backbone)).config_json);
  return std::all_of(stored.items().begin(), stored.items().end(), [&](const auto& item) {
    return full.contains(item.key()) && full.at(item.key()) == item.value();
  });
}

bool is_or_absent(const json& settings, const char* name, const json& expected) {
  return !settings.contains(name) || settings.at(name) == expected;
}

}  // namespace

bool names_device(const std::string& hardware, const std::string& device) {
  std::istringstream words(device);
  for (std::string word; words >> word;) {
    if (hardware.find(word) == std::string::npos) return false;
  }
  return true;
}

bool has_paper_setting(const std::string& backbone, const std::string& config_json) {
  const json settings = json::parse(config_json, nullptr, false);
  if (!settings.is_object()) return true;
  const json networks = settings.value("networks", json::object());
  return is_or_absent(settings, "patch_xyz", {kPaperPatch, kPaperPatch, kPaperPatch}) &&
         is_or_absent(settings, "downsize_rate_xyz", {kPaperRate, kPaperRate, kPaperRate}) &&
         is_or_absent(settings, "overlap", kPaperOverlap) &&
         is_or_absent(settings, "num_classes", kPaperClasses) &&
         is_full_width(backbone, networks.value("backbone_config", "")) &&
         is_full_width(networks.value("global_backbone", "").empty()
                           ? kUsualGlobal
                           : networks.value("global_backbone", ""),
                       networks.value("global_config", ""));
}

bool is_same_machine(const PaperTiming& a, const PaperTiming& b) {
  return a.device == b.device && a.hardware == b.hardware && a.threads == b.threads &&
         a.arithmetic == b.arithmetic;
}

std::string machine_text(const PaperTiming& timing) {
  std::string text = timing.hardware;
  if (!timing.arithmetic.empty()) text += ", " + timing.arithmetic;
  // Newer databases name the threads with the hardware.
  if (timing.threads > 0 && timing.hardware.find(" thread") == std::string::npos)
    text += fmt::format(", {} thread{}", timing.threads, timing.threads == 1 ? "" : "s");
  return text;
}

bool is_paper_device(const PaperTiming& timing) {
  return names_device(timing.hardware, timing.on_cpu() ? "Xeon Gold" : "H100");
}

std::vector<PaperTiming> paper_timings(const results::ResultStore& store) {
  const Rows rows(
      store,
      std::string(
          "SELECT s.run, s.backbone, s.method, s.k, s.device, s.hardware, s.seconds_median, "
          "s.seconds_iqr, s.repeats, f.config_json, r.threads, r.notes, (SELECT m.bytes_measured "
          "FROM v_memory m WHERE "
          "m.run = s.run AND m.k IN (s.k, '') AND m.bytes_measured IS NOT NULL ORDER BY "
          "m.memory_kind <> 'cuda' LIMIT 1) AS bytes FROM v_speed s JOIN v_finished f ON f.run = "
          "s.run AND f.experiment = s.experiment JOIN run r ON r.id = s.run WHERE s.kind = "
          "'profile' AND s.stage = 'total' "
          "AND s.variant = '' AND s.seconds_median > 0 AND s.extent = '") +
          kPaperVolume + "' GROUP BY s.run, s.k ORDER BY s.run DESC, s.k");
  std::vector<PaperTiming> timings;
  for (size_t i = 0; i < rows.size(); ++i) {
    if (!has_paper_setting(rows.text(i, "backbone"), rows.text(i, "config_json"))) continue;
    PaperTiming timing;
    timing.backbone = rows.text(i, "backbone");
    timing.key = {rows.text(i, "method"), rows.text(i, "k"), "on", ""};
    timing.device = rows.text(i, "device");
    timing.hardware = rows.text(i, "hardware");
    if (timing.hardware.empty()) timing.hardware = timing.device;
    timing.threads = static_cast<int64_t>(rows.number(i, "threads").value_or(0));
    if (!timing.on_cpu()) timing.arithmetic = rows.text(i, "notes");
    timing.seconds = *rows.number(i, "seconds_median");
    timing.iqr_s = rows.number(i, "seconds_iqr");
    timing.repeats = rows.count(i, "repeats");
    const std::optional<double> bytes = rows.number(i, "bytes");
    if (bytes) timing.memory_gb = *bytes / 1e9;
    const bool is_known =
        std::any_of(timings.begin(), timings.end(), [&](const PaperTiming& other) {
          return other.backbone == timing.backbone && other.key == timing.key &&
                 is_same_machine(other, timing);
        });
    if (!is_known) timings.push_back(std::move(timing));
  }
  return timings;
}

std::vector<PaperTiming> of_one_machine(const std::vector<PaperTiming>& timings, bool on_cpu) {
  std::vector<PaperTiming> chosen;
  for (const PaperTiming& timing : timings) {
    if (timing.on_cpu() != on_cpu) continue;
    if (chosen.empty() || is_same_machine(chosen.front(), timing)) chosen.push_back(timing);
  }
  return chosen;
}

const PaperTiming* find_timing(const std::vector<PaperTiming>& timings, const std::string& backbone,
                               const MethodKey& key) {
  for (const PaperTiming& timing : timings) {
    if (timing.backbone == backbone && timing.key == key) return &timing;
  }
  return nullptr;
}

}  // namespace nmsw::reporting
