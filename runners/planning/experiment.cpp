#include "runners/planning/experiment.h"

namespace nmsw::runners {
namespace {

ExperimentConfig read_experiment(ConfigNode root, const std::vector<std::string>& overrides) {
  if (!root.is_map())
    root.fail("expected an experiment: keys with values, 'experiment' among them");
  for (const std::string& assignment : overrides) root.set(assignment);
  ExperimentConfig config;
  if (const auto preset = root.find("preset")) read_value(*preset, config.preset);
  apply_preset(config.preset, config);
  read_value(root, config);
  const std::string& name = config.experiment;
  if (name.empty()) root.fail("the key 'experiment' is missing; give the experiment a name");
  if (name.find_first_not_of("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-.") !=
      std::string::npos) {
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
