#include "runners/planning/cells/dataset_settings.h"

#include <iterator>

#include "nmsw/base/path_in_yaml.h"

namespace nmsw::runners {
namespace {

/// A rule that no channel would follow.
void require_channel_rules(const ConfigNode& node, const datasets::DatasetDescriptor& descriptor) {
  const auto preprocessing = node.find("preprocessing");
  if (descriptor.channels.empty() || !preprocessing) return;
  for (const char* key : {"intensity", "window", "percentiles", "statistics_over"}) {
    if (const auto rule = preprocessing->find(key))
      rule->fail(
          "'{}' has several channels, each with a rule of its own; change the descriptor's "
          "key 'channels'",
          descriptor.name);
  }
}

}  // namespace

DatasetSettings read_settings(const ExperimentConfig& config, const NamedEntry& entry,
                              datasets::DatasetDescriptor& descriptor) {
  const auto common = config.dataset_settings.find(descriptor.name);
  for (const auto& node : {common, entry.parameters}) {  // a version brings its own classes
    const auto version = node ? node->find("version") : std::nullopt;
    if (version) descriptor = datasets::with_version(descriptor, *version);
  }
  DatasetSettings settings{"",
                           descriptor.version,
                           descriptor.patch_xyz,
                           descriptor.downsize_rate_xyz,
                           descriptor.fixed_volume_xyz,
                           descriptor.nsd_tolerance_mm,
                           descriptor.nsd_tolerances_mm,
                           descriptor.preprocessing,
                           config.data.phantom,
                           config.training,
                           config.evaluation};
  settings.preprocessing.pad_value =
      config.data.pad_value.value_or(settings.preprocessing.pad_value);
  settings.preprocessing.divisible_pad_value =
      config.data.divisible_pad_value.value_or(settings.preprocessing.divisible_pad_value);
  if (const auto root = config.data.roots.find(descriptor.name))
    settings.root = path_in_yaml(*root).string();
  for (const auto& node : {common, entry.parameters}) {
    if (!node) continue;
    // A number for the whole data set would change nothing where the descriptor has one of each
    // class.
    if (node->find("nsd_tolerance_mm")) settings.nsd_tolerances_mm.clear();
    read_value(*node, settings);
    require_channel_rules(*node, descriptor);
    if (const auto root = node->find("root")) settings.root = path_in_yaml(*root).string();
    if (const auto own = node->find("nsd_tolerances_mm")) require_class_names(descriptor, *own);
  }
  return settings;
}

void settle_tolerances(EvaluationConfig& evaluation, datasets::DatasetDescriptor& descriptor) {
  auto& own = descriptor.nsd_tolerances_mm;
  const bool is_in_mm = evaluation.nsd_unit == NsdUnit::mm;
  if (evaluation.nsd_tolerance || !is_in_mm) own.clear();
  if (!evaluation.nsd_tolerance)
    evaluation.nsd_tolerance = is_in_mm ? descriptor.nsd_tolerance_mm : 2.0;
  for (auto it = own.begin(); it != own.end();) {
    const bool differs = it->second != *evaluation.nsd_tolerance;
    it = differs && datasets::class_index(descriptor, it->first) ? std::next(it) : own.erase(it);
  }
}

}  // namespace nmsw::runners
