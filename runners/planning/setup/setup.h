#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "datasets/survey/dataset_survey.h"
#include "datasets/survey/found_dataset.h"
#include "runners/planning/setup/patch_counts.h"
#include "runners/planning/setup/schedule.h"

namespace nmsw::runners {

/// What is asked for.
///
/// root       folder of the data, as given
/// out        folder that the two files are written to
/// budget_s   for all trainings and evaluations
struct SetupRequest {
  std::filesystem::path root, out;
  double budget_s = 0;
  PlanOptions machine;
};

/// Everything that was found and decided.
struct DatasetSetup {
  SetupRequest request;
  datasets::FoundDataset found;
  datasets::DatasetSurvey survey;
  const NetworkTier* tier = nullptr;
  PreparationChoice preparation;
  /// Of an image with several channels; empty for one.
  std::vector<ChannelChoice> channels;
  PatchCounts patches;
  StepSeconds step;
  Schedule schedule;
  double peak_bytes = 0;
  /// What the user should know besides, a sentence each.
  std::vector<std::string> notes;
};

/// Looks at the data and decides. Throws what found_dataset, survey_dataset and schedule_for throw,
/// and ConfigError where no training fits the machine's memory.
DatasetSetup make_setup(const SetupRequest& request);

/// The same decisions with a schedule for steps that take this long.
DatasetSetup rescheduled(DatasetSetup setup, const StepSeconds& step);

/// The setup with the next narrower network, its steps forecast; nothing where the schedule has
/// the steps that the network needs, or there is no narrower one.
std::optional<DatasetSetup> narrowed(DatasetSetup setup);

/// The files that are written below `out`.
inline constexpr const char* kDescriptorFile = "dataset.yaml";
inline constexpr const char* kExperimentFile = "experiment.yaml";

std::string descriptor_text(const DatasetSetup& setup);
std::string experiment_text(const DatasetSetup& setup);

}  // namespace nmsw::runners
