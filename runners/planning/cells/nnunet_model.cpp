#include "runners/planning/cells/nnunet_model.h"

#include "datasets/layouts/nnunet_json.h"
#include "nmsw/cost/catalog.h"

namespace nmsw::runners {
namespace {

using datasets::ChannelRule;
using datasets::DatasetDescriptor;
using datasets::IntensityRule;
using datasets::StatisticsOver;

/// The foreground classes; what training ignored is none.
std::vector<std::string> foreground_classes(const JsonPart& dataset) {
  std::vector<std::string> classes;
  for (const auto& [index, name] : datasets::classes_of_json(dataset.json(), dataset.file())) {
    if (index == 0 || name == "ignore") continue;
    if (index != static_cast<int64_t>(classes.size()) + 1) {
      dataset.at("labels").refuse("the class {} is missing; they must be 0, 1, 2 and so on",
                                  classes.size() + 1);
    }
    classes.push_back(name);
  }
  return classes;
}

/// Of the training images' foreground, over all of them.
ChannelRule ct_rule(const JsonPart& properties) {
  ChannelRule rule;
  rule.intensity = IntensityRule::clipped_zscore;
  rule.window = {properties.at("percentile_00_5").as<double>(),
                 properties.at("percentile_99_5").as<double>()};
  rule.mean_and_deviation = {properties.at("mean").as<double>(),
                             std::max(properties.at("std").as<double>(), 1e-8)};
  return rule;
}

ChannelRule channel_rule(const JsonPart& scheme, const JsonPart& plans, size_t channel,
                         bool masked) {
  const auto name = scheme.as<std::string>();
  ChannelRule rule;
  rule.statistics_over = masked ? StatisticsOver::nonzero : StatisticsOver::all;
  if (name == "CTNormalization") {
    return ct_rule(
        plans.at("foreground_intensity_properties_per_channel").at(std::to_string(channel)));
  }
  if (name == "ZScoreNormalization") {
    rule.intensity = IntensityRule::zscore;
  } else if (name == "RescaleTo01Normalization") {
    rule.intensity = IntensityRule::percentile;
    rule.percentiles = {0, 100};
    rule.statistics_over = StatisticsOver::all;
  } else if (name == "RGBTo01Normalization") {
    rule.intensity = IntensityRule::window;
    rule.window = {0, 255};
  } else if (name == "NoNormalization") {
    rule.intensity = IntensityRule::clipped_zscore;
    constexpr double kAll = 1e30;
    rule.window = {-kAll, kAll};
  } else {
    scheme.refuse("the intensity rule {} is not known", scheme.shown());
  }
  return rule;
}

void read_channels(const JsonPart& plans, const JsonPart& configuration, const JsonPart& dataset,
                   DatasetDescriptor& descriptor) {
  const std::vector<std::string> names = datasets::channels_of_json(dataset.json());
  const std::vector<JsonPart> schemes = configuration.at("normalization_schemes").items();
  const auto masks = configuration.has("use_mask_for_norm")
                         ? configuration.at("use_mask_for_norm").as<std::vector<bool>>()
                         : std::vector<bool>();
  if (schemes.empty() || schemes.size() != names.size()) {
    configuration.at("normalization_schemes")
        .refuse("{} of them for {} channels", schemes.size(), names.size());
  }
  for (size_t i = 0; i < schemes.size(); ++i) {
    ChannelRule rule = channel_rule(schemes[i], plans, i, i < masks.size() && masks[i]);
    rule.name = names[i];
    descriptor.channels.push_back(rule);
  }
  descriptor.preprocessing = with_rule(descriptor.preprocessing, descriptor.channels.front());
  if (descriptor.channels.size() == 1) descriptor.channels.clear();
  descriptor.modality = names.front() == "CT" ? "CT" : "MR";
}

/// Every axis of a patch must be a multiple of the same number here, in nnU-Net each of its own.
Int3 grown_patch(Int3 planned, const BackboneCostModel& network, std::vector<std::string>& notes) {
  Int3 patch = planned;
  for (int64_t& side : patch) {
    side = (side + network.size_multiple - 1) / network.size_multiple * network.size_multiple;
  }
  if (patch != planned) {
    notes.push_back(fmt::format(
        "the patch of {} x {} x {} voxels becomes {} x {} x {}, multiples of {}", planned[0],
        planned[1], planned[2], patch[0], patch[1], patch[2], network.size_multiple));
  }
  return patch;
}

}  // namespace

NnUnetModel nnunet_model(const nlohmann::json& checkpoint, VoxelOrder order,
                         const std::string& file) {
  const JsonPart start = JsonPart(checkpoint, "checkpoint", file).at("init_args");
  const JsonPart plans = start.at("plans"), dataset = start.at("dataset_json");
  const auto name = start.at("configuration").as<std::string>();
  const nlohmann::json merged = planned_configuration(plans, name);
  const JsonPart configuration(merged, "configuration " + printable(name), file);
  if (configuration.has("previous_stage")) {
    configuration.refuse("is the second stage of a cascade, which needs the first one's labels");
  }
  NnUnetModel model;
  model.axes = axis_of_zyx(plans);
  model.description.networks = planned_network(configuration, model.axes, order);
  const NetworkSpec& networks = model.description.networks;
  const BackboneCostModel cost =
      backbone_cost_entry(networks.backbone)
          .parse(ConfigNode::parse(networks.backbone_config, networks.backbone));
  DatasetDescriptor descriptor;
  descriptor.name = plans.at("dataset_name").as<std::string>();
  descriptor.title = "as nnU-Net's " + name + " saw it";
  descriptor.classes = foreground_classes(dataset);
  read_channels(plans, configuration, dataset, descriptor);
  descriptor.preprocessing.spacing_xyz_mm = in_xyz<double>(configuration.at("spacing"), model.axes);
  descriptor.patch_xyz =
      grown_patch(in_xyz<int64_t>(configuration.at("patch_size"), model.axes), cost, model.notes);
  try {  // JSON is YAML, and what is read from that is checked
    model.description.data.descriptor =
        datasets::parse_descriptor(canonical_text(descriptor), "its data set");
  } catch (const ConfigError& fault) {
    start.refuse("{}", fault.what());
  }
  model.description.data.fit.minimum_xyz = descriptor.patch_xyz;
  return model;
}

}  // namespace nmsw::runners
