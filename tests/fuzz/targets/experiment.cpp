// Links: runners_planning_plan
#include "runners/planning/experiment/experiment.h"

#include <set>

#include "runners/planning/cells/grid.h"
#include "runners/planning/cells/networks.h"
#include "runners/planning/plan/plan.h"
#include "tests/fuzz/target.h"

namespace nmsw::fuzz {

using runners::ExperimentConfig;

std::vector<std::string> seeds() {
  return {R"(experiment: tiny
preset: [paper, authors]
datasets: [word, {totalsegmentator_organ: {version: v1}}]
backbones: [unet, {mednext: {}}]
methods:
  - sliding_window
  - zoom_out
  - {random_foreground: {k: [5, 30]}}
  - {nmsw: {k: [1, full], class_weight: [on, off]}}
seeds: [0, 1]
exclude: [{backbone: mednext, method: nmsw, k: 1}]
networks: {unet: {channels: [4, 8], strides: [2, 1]}}
data: {source: phantom, phantom: {train_cases: 2, extent_xyz: [48, 48, 48]}}
training: {epochs: 2, iterations_per_epoch: 2}
backbone_training: {mednext: {epochs: 3}}
dataset_settings: {word: {patch_xyz: [24, 24, 24], preprocessing: {spacing_xyz_mm: null}}}
)",
          R"(experiment: speed
backbones: [unet, swin_unetr]
methods: [sliding_window, {nmsw: {k: 30, overlap: [0.25, 0.5]}}]
profile: {volume: [96, 96, 96], patch: [32, 32, 32], devices: [cpu, cuda], repeats: 0}
)",
          R"(experiment: more
datasets: [word]
backbones: [unet]
methods: &m [{nmsw: {k: [2]}}]
include: [{methods: *m, seeds: [3]}]
global_network: {unet: {channels: [4, 8], strides: [2, 1]}}
data: {source: phantom}
evaluation: {max_cases: 1, nsd_unit: voxels}
model: {overlap: 0.25}
)"};
}

void try_input(std::string_view bytes) {
  const ExperimentConfig config = runners::parse_experiment(std::string(bytes), "input");
  runners::resolve_networks(config);
  datasets::FileDigests digests;
  // Phantoms alone are planned without a look at any file.
  const bool is_pure = config.data.source == runners::DataChoice::phantom;
  const runners::Grid grid =
      runners::expand_grid(config, digests, [&](const std::string&) { return is_pure; });
  must_hold(grid.cells.size() <= runners::kMostCells, "a bounded grid");
  constexpr size_t kFew = 4;
  if (!is_pure || grid.cells.empty() || grid.cells.size() > kFew) return;
  const runners::Plan plan = runners::make_plan(config, {});
  std::set<std::string> keys;
  for (const auto& task : plan.tasks) must_hold(keys.insert(task.key).second, "a key a task");
}

}  // namespace nmsw::fuzz
