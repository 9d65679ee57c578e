#include <algorithm>
#include <cmath>

#include "nmsw/base/readable.h"
#include "runners/planning/setup/setup.h"
#include "runners/planning/setup/yaml_words.h"

namespace nmsw::runners {
namespace {

namespace fs = std::filesystem;

/// "2.0e-3".
std::string rate_text(double rate) {
  std::string text = fmt::format("{:.1e}", rate);
  const size_t zero = text.find("e-0");
  return zero == std::string::npos ? text : text.erase(zero + 2, 1);
}

std::string numbers(const std::vector<int64_t>& values) {
  std::string text = "[";
  for (const int64_t value : values) text += (text.size() > 1 ? ", " : "") + std::to_string(value);
  return text + "]";
}

/// Relative to the experiment where the user named it relatively, so that both can move together.
std::string root_text(const SetupRequest& request) {
  if (request.root.is_absolute()) return request.root.lexically_normal().string();
  return fs::absolute(request.root)
      .lexically_normal()
      .lexically_relative(fs::absolute(request.out).lexically_normal())
      .string();
}

std::string device_words(const PlanOptions& machine) {
  if (machine.on_cuda()) return "one NVIDIA device";
  return fmt::format("{} CPU thread{} and {}", machine.threads, machine.threads == 1 ? "" : "s",
                     readable_bytes(static_cast<double>(machine.memory_bytes)));
}

std::string grid_text(const DatasetSetup& setup) {
  const std::vector<int64_t> k = chosen_k(static_cast<int64_t>(setup.patches.total));
  std::string list;
  for (const int64_t value : k) list += std::to_string(value) + ", ";
  std::string text = fmt::format("experiment: {}\n", yaml_word(setup.found.descriptor.name));
  text += fmt::format("description: sliding window and NMSW on {}\n",
                      yaml_word(setup.found.descriptor.name));
  text += yaml_comment("Paths are relative to this file.");
  text += fmt::format("datasets: [{}]\n", kDescriptorFile);
  text += "backbones: [unet]\n";
  text += yaml_comment(fmt::format(
      "A scan has about {:.0f} patches. NMSW is scored with {} of them{} and with all, in one "
      "pass; "
      "they are ranked by coverage, as nmsw predict ranks them. Zoom-out and random foreground, "
      "which "
      "need no training of their own, are left out: add zoom_out and {{random_foreground: {{k: "
      "[…]}}}} "
      "to compare them.",
      setup.patches.total, list.substr(0, list.size() - 2), k.size() > 1 ? " at most" : ""));
  text += fmt::format("methods: [sliding_window, {{nmsw: {{k: [{}full]}}}}]\n", list);
  text += fmt::format("data: {{source: real, roots: {{{}: {}}}}}\n",
                      yaml_word(setup.found.descriptor.name), yaml_word(root_text(setup.request)));
  return text;
}

std::string network_text(const DatasetSetup& setup) {
  const NetworkTier& tier = *setup.tier;
  std::string text = yaml_comment(fmt::format(
      "{}{} UNet: {}. Of the widths known here it is the widest {}.",
      char(std::toupper(tier.name[0])), tier.name.substr(1), tier.evidence,
      tier.least_steps > 0
          ? fmt::format("that gets {:.0f} steps or more of local training in the budget",
                        tier.least_steps)
          : "that the budget pays for"));
  text += fmt::format("networks: {{unet: {{channels: {}, strides: {}}}}}\n", numbers(tier.channels),
                      numbers(tier.strides));
  text += fmt::format("global_network: {{unet: {{channels: {}, strides: {}}}}}\n",
                      numbers(tier.global_channels), numbers(tier.strides));
  text += yaml_comment(
      "A training of this length does not move the class weights far: they start near where the "
      "paper's end, and chosen patches are not darkened by their probability.");
  text += "model: {class_weight_start: 2.0, soft_scaling: never}\n";
  return text;
}

std::string budget_words(const DatasetSetup& setup) {
  const Schedule& schedule = setup.schedule;
  const StepSeconds& step = setup.step;
  std::string text = fmt::format(
      "Budget {} on {}: {:.0f} % is kept as a margin (validation, metrics, reading), {} are for {} "
      "test cases, at most {:.0f} % of the rest, and the trainings share what is left: local "
      "{:.0f} %, as its network must know every class in detail; global {:.0f} %, as the coarse "
      "scan is small, in no more steps than local; NMSW {:.0f} %, which goes on from both.",
      readable_seconds(setup.request.budget_s), device_words(setup.request.machine), 100 * kMargin,
      readable_seconds(schedule.evaluation_s),
      schedule.max_cases > 0 ? schedule.max_cases : setup.survey.test_cases, 100 * kMostEvaluation,
      100 * kLocalShare, 100 * kGlobalShare, 100 * kNmswShare);
  text += fmt::format(
      "\nA step takes {:.3g} s (local), {:.3g} s (global) and {:.3g} s (NMSW): {}.", step.local,
      step.global, step.nmsw,
      step.measured
          ? "measured here with these networks and a case of these data"
          : "AN ESTIMATE from the networks' MACs, as nmsw plan makes it; it can be wrong by "
            "a factor of 2. Run nmsw init --force once nmsw-tensor is built: it measures");
  text += fmt::format(" The trainings take {} in all and at most {} of memory.",
                      readable_seconds(schedule.training_s), readable_bytes(setup.peak_bytes));
  return text;
}

std::string augmentation_text(const DatasetSetup& setup) {
  double side = INFINITY;
  for (size_t a = 0; a < 3; ++a) {
    side =
        std::min(side, setup.survey.extent_xyz[a].median * setup.survey.spacing_xyz_mm[a].median /
                           setup.preparation.spacing_xyz_mm[a]);
  }
  // A tenth of the paper's volumes.
  const double scale = std::clamp(std::nearbyint(side * 0.08 / 50 * 100) / 100, 0.01, 1.0);
  std::string text = fmt::format(
      "The paper's random changes, translations up to {:.0f} voxels instead of 50, as the scans "
      "are "
      "smaller. They mirror nothing",
      50 * scale);
  text += setup.found.descriptor.left_right_pairs.empty()
              ? "."
              : ", which would turn left classes into right ones.";
  return yaml_comment(text, 2) +
         fmt::format("  augmentation: paper\n  augmentation_translation_scale: {}\n", scale);
}

std::string training_text(const DatasetSetup& setup) {
  const Schedule& schedule = setup.schedule;
  const bool is_ct = setup.found.descriptor.modality == "CT";
  const double rate = is_ct ? setup.tier->learning_rate_ct : setup.tier->learning_rate_mr;
  std::string text = yaml_comment(budget_words(setup)) + "training:\n";
  text += fmt::format("  epochs: {}\n  iterations_per_epoch: {}\n", schedule.epochs,
                      schedule.local_iterations);
  text += fmt::format("  learning_rate: {}\n  warmup_share: 0.1\n", rate_text(rate));
  text += fmt::format("  local_patches: {}\n", kLocalPatches);
  text += yaml_comment("Every class gets as many patches, however small it is.", 2);
  text += "  foreground_draw: class_then_voxel\n";
  text += fmt::format("  validation_every: {}\n  validation_cases: {}\n", schedule.validation_every,
                      schedule.validation_cases);
  text += augmentation_text(setup);
  text += "  initialise_nmsw_from: trained\n";
  text += fmt::format("  global: {{iterations_per_epoch: {}}}\n", schedule.global_iterations);
  text += fmt::format("  nmsw: {{iterations_per_epoch: {}, learning_rate: {:.1e}}}\n",
                      schedule.nmsw_iterations, rate / 4);
  text += "  class_weight_lr_factor: 100\n";
  return text;
}

std::string evaluation_text(const DatasetSetup& setup) {
  std::string text = "evaluation:\n  order: coverage\n";
  if (setup.schedule.max_cases == 0) return text;
  return text +
         yaml_comment(
             fmt::format("All {} test cases would take more than their share of the budget.",
                         setup.survey.test_cases),
             2) +
         fmt::format("  max_cases: {}\n", setup.schedule.max_cases);
}

}  // namespace

std::string experiment_text(const DatasetSetup& setup) {
  return yaml_comment(fmt::format(
             "Written by nmsw init for '{}'. The data and how they are prepared: {}. Run it, and "
             "go "
             "on after an interruption, with nmsw train {}; what it would do: nmsw plan {}.",
             setup.found.descriptor.name, kDescriptorFile, setup.request.root.string(),
             kExperimentFile)) +
         grid_text(setup) + network_text(setup) + training_text(setup) + evaluation_text(setup);
}

}  // namespace nmsw::runners
