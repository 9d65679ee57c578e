#include "runners/planning/experiment/experiment.h"

#include "nmsw/base/plain_text.h"

namespace nmsw::runners {
namespace {

ExperimentConfig read_under(Preset preset, const ConfigNode& root) {
  ExperimentConfig config;
  apply_preset(preset, config);
  read_value(root, config);
  return config;
}

ExperimentConfig read_experiment(ConfigNode root, const std::vector<std::string>& overrides) {
  if (!root.is_map())
    root.fail("expected an experiment: keys with values, 'experiment' among them");
  for (const std::string& assignment : overrides) root.set(assignment);
  PresetList presets;
  if (const auto node = root.find("preset")) read_value(*node, presets);
  if (presets.values.empty())
    root.at("preset").fail("is empty; name at least one of paper, authors");
  ExperimentConfig config = read_under(presets.values.front(), root);
  for (size_t i = 1; i < presets.values.size(); ++i) {
    config.other_presets.push_back(read_under(presets.values[i], root));
    config.other_presets.back().variant = std::string("preset=") + enum_name(presets.values[i]);
  }
  const std::string& name = config.experiment;
  if (name.empty()) root.fail("the key 'experiment' is missing; give the experiment a name");
  if (name.find_first_not_of("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-.") !=
          std::string::npos ||
      name_fault(name)) {
    root.at("experiment").fail("'{}' is not a name; use letters, digits, '_', '-' and '.'", name);
  }
  return config;
}

}  // namespace

void apply_preset(Preset preset, ExperimentConfig& config) {
  const bool authors = preset == Preset::authors;
  nmsw::apply_preset(preset, config.model);
  nmsw::apply_preset(preset, config.training);
  nmsw::apply_preset(preset, config.evaluation);
  config.data.fixed_volume = authors ? FixedVolume::on : FixedVolume::off;
  config.data.pad_value = authors ? std::optional<double>(-0.1) : std::nullopt;
  config.data.divisible_pad_value = authors ? std::optional<double>(0) : std::nullopt;
}

ExperimentConfig load_experiment(const std::filesystem::path& file,
                                 const std::vector<std::string>& overrides) {
  return read_experiment(ConfigNode::load(file), overrides);
}

ExperimentConfig parse_experiment(const std::string& text, const std::string& name,
                                  const std::vector<std::string>& overrides) {
  return read_experiment(ConfigNode::parse(text, name), overrides);
}

}  // namespace nmsw::runners
