#include "reporting/settings_difference.h"

#include <algorithm>
#include <map>

#include <nlohmann/json.hpp>

#include "reporting/rows.h"

namespace nmsw::reporting {
namespace {

using nlohmann::json;

bool is_leaf(const json& value) {
  if (value.is_array())
    return std::none_of(value.begin(), value.end(),
                        [](const json& item) { return item.is_structured(); });
  return !value.is_object();
}

void collect_leaves(const json& value, const std::string& path,
                    std::map<std::string, std::string>& leaves) {
  if (is_leaf(value)) {
    leaves[path] = value.is_string() ? value.get<std::string>() : value.dump();
    return;
  }
  for (const auto& [key, child] : value.items())
    collect_leaves(child, path.empty() ? key : path + "." + key, leaves);
}

std::map<std::string, std::string> leaves_of(const std::string& text) {
  std::map<std::string, std::string> leaves;
  const json parsed = json::parse(text, nullptr, false);
  if (parsed.is_object()) collect_leaves(parsed, "", leaves);
  return leaves;
}

// A task names the trainings it builds on by their keys, which follow from the settings.
bool is_setting(const std::string& path) { return path.rfind("weights", 0) != 0 && path != "k"; }

}  // namespace

std::vector<SettingDifference> differing_leaves(const std::string& plain_json,
                                                const std::string& changed_json) {
  const auto plain = leaves_of(plain_json), changed = leaves_of(changed_json);
  std::vector<SettingDifference> differences;
  for (const auto& [path, value] : plain) {
    const auto other = changed.find(path);
    const std::string there = other == changed.end() ? "absent" : other->second;
    if (there != value && is_setting(path)) differences.push_back({"", path, value, there});
  }
  for (const auto& [path, value] : changed) {
    if (plain.count(path) == 0 && is_setting(path))
      differences.push_back({"", path, "absent", value});
  }
  return differences;
}

std::vector<SettingDifference> setting_differences(const results::ResultStore& store,
                                                   const std::string& experiment) {
  const Rows rows(
      store,
      "WITH mine AS (SELECT t.* FROM task t JOIN experiment_task x ON x.task_id = t.id "
      "JOIN experiment e ON e.id = x.experiment_id WHERE t.kind <> 'profile' AND e.name "
      "= " +
          sql_quoted(experiment) +
          ") SELECT v.variant, p.config_json AS plain, v.config_json AS changed FROM "
          "mine v JOIN mine p ON p.variant = '' AND p.kind = v.kind AND p.dataset = "
          "v.dataset AND p.backbone = v.backbone AND p.method = v.method AND p.scheme = "
          "v.scheme AND p.seed = v.seed AND p.fold = v.fold WHERE v.variant <> '' AND "
          "(p.class_weight = "
          "v.class_weight OR (p.class_weight = 'on' AND NOT EXISTS (SELECT 1 FROM mine o "
          "WHERE o.variant = '' AND o.kind = v.kind AND o.method = v.method AND o.scheme "
          "= v.scheme AND o.class_weight = v.class_weight))) ORDER BY v.variant, v.kind "
          "DESC, v.id");
  std::vector<SettingDifference> differences;
  for (size_t i = 0; i < rows.size(); ++i) {
    for (SettingDifference& found :
         differing_leaves(rows.text(i, "plain"), rows.text(i, "changed"))) {
      found.variant = rows.text(i, "variant");
      const bool is_known =
          std::any_of(differences.begin(), differences.end(), [&](const SettingDifference& other) {
            return other.variant == found.variant && other.setting == found.setting;
          });
      if (!is_known) differences.push_back(std::move(found));
    }
  }
  return differences;
}

}  // namespace nmsw::reporting
