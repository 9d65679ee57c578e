#include <algorithm>

#include "datasets/layouts/catalog.h"
#include "runners/planning/setup/setup.h"
#include "runners/planning/setup/yaml_words.h"

namespace nmsw::runners {
namespace {

using datasets::ClassSurvey;
using datasets::DatasetDescriptor;

std::string head(const DatasetSetup& setup) {
  const datasets::DatasetSurvey& survey = setup.survey;
  return yaml_comment(fmt::format(
      "Data set '{}', as nmsw init found it in {}. Read: the grids of {} scans that train or "
      "validate, and {} of these whole, drawn at random; no test scan. Every key, also those that "
      "are absent here: nmsw describe.",
      setup.found.descriptor.name, setup.request.root.string(), survey.grids.size(),
      survey.cases.size()));
}

/// A line a class: what was measured of it.
std::string class_table(const DatasetSetup& setup) {
  const datasets::DatasetSurvey& survey = setup.survey;
  size_t width = 5;
  for (const ClassSurvey& each : survey.classes) width = std::max(width, each.name.size());
  std::string text =
      yaml_comment(fmt::format("Classes of {}, with medians over the {} cases read: size, box, and "
                               "how many of a scan's {:.0f} "
                               "patches the box meets. {:.2g} % of a scan is foreground.",
                               setup.found.classes_from, survey.cases.size(), setup.patches.total,
                               100 * survey.foreground_share));
  text += fmt::format("#   {:<{}}  cases    voxels        ml            box in mm  patches\n",
                      "class", width);
  for (size_t i = 0; i < survey.classes.size(); ++i) {
    const ClassSurvey& each = survey.classes[i];
    const std::string count = fmt::format("{}/{}", each.cases_with, survey.cases.size());
    if (each.cases_with == 0) {
      text += fmt::format("#   {:<{}}  {:>5}  in none of them: can it be learned?\n", each.name,
                          width, count);
      continue;
    }
    const Real3& box = each.median_box_mm;
    text += fmt::format("#   {:<{}}  {:>5}  {:>8.0f}  {:>8.3g}  {:>19}  {:>7.0f}\n", each.name,
                        width, count, each.median_voxels, each.median_ml,
                        fmt::format("{:.0f} x {:.0f} x {:.0f}", box[0], box[1], box[2]),
                        setup.patches.by_class.at(i));
  }
  return text;
}

std::string classes(const DatasetSetup& setup) {
  const DatasetDescriptor& d = setup.found.descriptor;
  std::string text = class_table(setup);
  text += "classes: " + yaml_list(d.classes, 10) + "\n";
  if (!d.label_map.empty()) {
    text += yaml_comment("The ids of the label files have gaps; classes are counted without.");
    text += "label_map:\n";
    for (const datasets::LabelMapping& mapping : d.label_map)
      text += fmt::format("  - {{id: {}, class: {}}}\n", mapping.id, yaml_word(mapping.class_name));
  }
  if (d.left_right_pairs.empty()) return text;
  text += yaml_comment(
      "By their names, left and right of the same: a mirrored scan would show the one as the "
      "other.");
  text += "left_right_pairs:\n";
  for (const auto& pair : d.left_right_pairs)
    text += fmt::format("  - [{}, {}]\n", yaml_word(pair[0]), yaml_word(pair[1]));
  return text;
}

std::string modality(const DatasetSetup& setup) {
  const datasets::FoundDataset& found = setup.found;
  std::string reason;
  if (found.modality_from.empty()) {
    reason = fmt::format(
        "Nothing says what the scans are. {}; correct it if it is wrong, and the intensities below "
        "with it.",
        found.descriptor.modality == "CT"
            ? "Whole numbers with air below -200 are taken for Hounsfield units"
            : "Their values are no Hounsfield units, so they are treated as MR");
  } else if (found.channel.empty()) {
    reason = "By " + found.modality_from + ".";
  } else {
    reason = fmt::format("{} calls the channel{} {}.{}", found.modality_from,
                         found.descriptor.channels.empty() ? "" : "s", yaml_word(found.channel),
                         found.descriptor.modality == "MR"
                             ? " Whatever is not CT has no Hounsfield units and is treated as MR."
                             : "");
  }
  return yaml_comment(reason) + "modality: " + found.descriptor.modality + "\n";
}

/// A rule a channel, with the reasons.
std::string channels(const DatasetSetup& setup) {
  if (setup.channels.empty()) return "";
  std::string text = "channels:\n";
  for (const ChannelChoice& choice : setup.channels) {
    text += yaml_comment(choice.why, 2);
    text += fmt::format("  - {{name: {}, intensity: {}", yaml_word(choice.rule.name),
                        enum_name(choice.rule.intensity));
    if (choice.rule.intensity == datasets::IntensityRule::window)
      text += fmt::format(", window: [{}, {}]", choice.rule.window[0], choice.rule.window[1]);
    text += "}\n";
  }
  return text;
}

std::string preprocessing(const DatasetSetup& setup) {
  const PreparationChoice& choice = setup.preparation;
  const datasets::PreprocessConfig& config = choice.preprocessing;
  std::string text = channels(setup) + "preprocessing:\n";
  if (setup.channels.empty()) {
    text += yaml_comment(choice.why_intensity, 2);
    text += fmt::format("  intensity: {}\n", enum_name(config.intensity));
    if (config.intensity == datasets::IntensityRule::window)
      text += fmt::format("  window: [{}, {}]\n", config.window[0], config.window[1]);
  }
  text += yaml_comment(choice.why_crop, 2);
  text += fmt::format("  crop_foreground: {}\n", config.crop_foreground);
  text += yaml_comment(choice.why_spacing, 2);
  text += fmt::format("  spacing_xyz_mm: {}\n",
                      config.spacing_xyz_mm ? yaml_spacing(*config.spacing_xyz_mm) : "null");
  return text;
}

std::string split(const DatasetSetup& setup) {
  const datasets::FoundDataset& found = setup.found;
  const datasets::DatasetSurvey& survey = setup.survey;
  const std::string counts =
      fmt::format("{} labelled cases train, {} validate, {} test", survey.training_cases,
                  survey.validation_cases, survey.test_cases);
  if (!found.descriptor.split) {
    return yaml_comment(fmt::format("The split is that of {}: {}.", found.split_from, counts));
  }
  const datasets::SplitRule& rule = *found.descriptor.split;
  return yaml_comment(fmt::format(
             "The folder has no split of its own: {}. The seed draws which, whatever the files are "
             "called; a splits_final.json of nnU-Net in the folder would win.",
             counts)) +
         fmt::format("split: {{train: {}, validation: {}, test: {}, seed: {}}}\n", rule.train,
                     rule.validation, rule.test, rule.seed.value_or(0));
}

}  // namespace

std::string descriptor_text(const DatasetSetup& setup) {
  const DatasetDescriptor& d = setup.found.descriptor;
  const PreparationChoice& choice = setup.preparation;
  std::string text = head(setup);
  text += "name: " + yaml_word(d.name) + "\n";
  text += yaml_comment(std::string(datasets::find_layout(d.layout)->summary) + ".");
  text += "layout: " + d.layout + "\n" + modality(setup) + classes(setup) + preprocessing(setup);
  text += yaml_comment(choice.why_patch);
  text += "patch_xyz: " + yaml_extent(choice.patch_xyz) + "\n";
  text += yaml_comment(choice.why_downsize);
  text += "downsize_rate_xyz: " + yaml_extent(choice.downsize_rate_xyz) + "\n";
  text += yaml_comment(choice.why_tolerance);
  text += fmt::format("nsd_tolerance_mm: {}\n", choice.nsd_tolerance_mm);
  return text + split(setup);
}

}  // namespace nmsw::runners
