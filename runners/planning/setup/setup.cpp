#include "runners/planning/setup/setup.h"

#include <algorithm>

#include "nmsw/base/plain_text.h"
#include "nmsw/base/readable.h"

namespace nmsw::runners {
namespace {

/// Of the machine; the rest is the system's and the files'.
constexpr double kUsableMemory = 0.8;

Workload workload_of(const DatasetSetup& setup) {
  Workload load;
  load.budget_s = setup.request.budget_s;
  load.step = setup.step;
  load.test_case_patches = static_cast<int64_t>(setup.patches.total);
  load.test_cases = setup.survey.test_cases;
  load.validation_cases = setup.survey.validation_cases;
  return load;
}

bool has_sides(const datasets::DatasetSurvey& survey, const PreparationChoice& choice,
               int64_t least) {
  for (size_t a = 0; a < 3; ++a) {
    const double side =
        survey.extent_xyz[a].median * survey.spacing_xyz_mm[a].median / choice.spacing_xyz_mm[a];
    if (side < static_cast<double>(least)) return false;
  }
  return true;
}

/// Preparation with a coarser spacing until the largest training fits the memory.
void prepare_within_memory(DatasetSetup& setup) {
  const PlanOptions& machine = setup.request.machine;
  VolumeLimits limits = volume_limits(machine.on_cuda());
  const bool limited = machine.memory_bytes > 0 && !machine.on_cuda();
  const double most = kUsableMemory * static_cast<double>(machine.memory_bytes);
  const NetworkEnds ends{datasets::channel_count(setup.found.descriptor),
                         datasets::num_classes(setup.found.descriptor)};
  for (int i = 0; i < 20; ++i) {
    setup.preparation =
        choose_preparation(setup.survey, setup.found.descriptor.modality, *setup.tier, limits);
    const StepForecast forecast =
        forecast_steps(*setup.tier, setup.survey, setup.preparation, ends, machine);
    setup.step = forecast.seconds;
    setup.peak_bytes = forecast.peak_bytes;
    if (!limited || setup.peak_bytes <= most) return;
    limits.most_scan_voxels *= 0.7;
  }
}

/// Whether the tier suits data and budget; leaves everything decided in `setup`.
bool suits(DatasetSetup& setup, const NetworkTier& tier) {
  setup.tier = &tier;
  prepare_within_memory(setup);
  if (tier.needs_side && !has_sides(setup.survey, setup.preparation, tier.smallest_side))
    return false;
  setup.patches = count_patches(setup.survey, setup.preparation, kOverlap);
  const bool last = &tier == &network_tiers().back();
  try {
    setup.schedule = schedule_for(workload_of(setup));
  } catch (const ConfigError&) {
    if (last) throw;
    return false;
  }
  return last || static_cast<double>(setup.schedule.local_steps()) >= tier.least_steps;
}

void add_notes(DatasetSetup& setup) {
  const datasets::FoundDataset& found = setup.found;
  for (const datasets::ClassSurvey& each : setup.survey.classes) {
    if (each.cases_with > 0) continue;
    setup.notes.push_back(fmt::format(
        "class '{}' is in none of the {} cases read: if no case has it, it cannot be learned",
        printable(each.name), setup.survey.cases.size()));
  }
  if (found.classes_from.rfind("the ids", 0) == 0) {
    setup.notes.push_back(
        "the classes have no names: rename label_1 and so on in dataset.yaml, before you train");
  }
  if (found.modality_from.empty()) {
    setup.notes.push_back(
        fmt::format("nothing says what the scans are; by their intensities they are taken for {}",
                    found.descriptor.modality));
  }
  if (setup.schedule.local_steps() >= kMostSteps) {
    setup.notes.push_back(
        fmt::format("{} steps of local training are the paper's length; the rest of the budget is "
                    "not used",
                    kMostSteps));
  }
  if (setup.schedule.max_cases > 0) {
    setup.notes.push_back(fmt::format(
        "the budget scores {} of {} test cases; delete evaluation.max_cases to score all",
        setup.schedule.max_cases, setup.survey.test_cases));
  }
}

/// Each channel by its own intensities; what its name does not say, these tell.
void choose_channels(DatasetSetup& setup) {
  datasets::DatasetDescriptor& descriptor = setup.found.descriptor;
  for (size_t c = 0; c < descriptor.channels.size(); ++c) {
    datasets::ChannelRule& rule = descriptor.channels[c];
    const datasets::DatasetSurvey survey =
        c == 0
            ? setup.survey
            : datasets::survey_dataset(descriptor, setup.request.root, {}, static_cast<int64_t>(c));
    const bool is_named = !setup.found.channel.empty();
    const bool is_ct =
        is_named ? rule.intensity == datasets::IntensityRule::window : survey.looks_like_hu;
    setup.channels.push_back(choose_channel(rule.name, survey, is_ct ? "CT" : "MR"));
    rule = setup.channels.back().rule;
  }
}

}  // namespace

DatasetSetup make_setup(const SetupRequest& request) {
  DatasetSetup setup;
  setup.request = request;
  setup.found = datasets::found_dataset(request.root);
  datasets::DatasetDescriptor& descriptor = setup.found.descriptor;
  setup.survey = datasets::survey_dataset(descriptor, request.root);
  if (setup.found.modality_from.empty())
    descriptor.modality = setup.survey.looks_like_hu ? "CT" : "MR";
  choose_channels(setup);
  for (const NetworkTier& tier : network_tiers()) {
    if (suits(setup, tier)) break;
  }
  const double memory = static_cast<double>(request.machine.memory_bytes);
  if (memory > 0 && !request.machine.on_cuda() && setup.peak_bytes > memory) {
    throw ConfigError(
        "{}: training on these scans needs about {}, this machine has {}; use one with more "
        "memory, "
        "or crop the scans to the region of interest",
        request.root.string(), readable_bytes(setup.peak_bytes), readable_bytes(memory));
  }
  add_notes(setup);
  return setup;
}

DatasetSetup rescheduled(DatasetSetup setup, const StepSeconds& step) {
  setup.step = step;
  setup.schedule = schedule_for(workload_of(setup));
  setup.notes.clear();
  add_notes(setup);
  return setup;
}

std::optional<DatasetSetup> narrowed(DatasetSetup setup) {
  const bool enough = static_cast<double>(setup.schedule.local_steps()) >= setup.tier->least_steps;
  if (enough || setup.tier == &network_tiers().back()) return std::nullopt;
  suits(setup, *(setup.tier + 1));
  return setup;
}

}  // namespace nmsw::runners
