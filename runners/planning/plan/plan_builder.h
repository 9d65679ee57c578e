#pragma once

#include <set>
#include <string>
#include <vector>

#include "runners/planning/cells/grid.h"
#include "runners/planning/cells/networks.h"
#include "runners/planning/forecast/prediction.h"
#include "runners/planning/plan/plan.h"
#include "runners/planning/tasks/task_specs.h"

namespace nmsw::runners {

/// Turns cells into tasks. A training that several cells need is found by its key and stands in the
/// plan once, before them.
class PlanBuilder {
 public:
  /// `begun`: a plan of the same experiment to go on with; its tasks are found by their keys, too.
  PlanBuilder(const ExperimentConfig& config, const Grid& grid, const PlanOptions& options,
              Plan begun = {});

  void add_evaluation(const Cell& cell);
  /// The labels of the undeformed case as predictions. The task names the backbone in whose block
  /// of the tables it stands, and no seed: nothing of it is random.
  void add_template_copy(const Cell& cell);
  void add_profiles(const ProfileConfig& profile);
  Plan take() { return std::move(plan_); }

 private:
  /// Key of the training; adds it, and what it starts from, where the plan does not have it yet.
  WeightsRef add_training(const Cell& cell, TrainingScheme scheme);
  WeightsRef add_training(const Cell& cell, TrainingScheme scheme, const TrainingConfig& training,
                          const std::vector<WeightsRef>& starts);
  /// The training that a method's weights come from: the local one goes on for NMSW's steps where
  /// training.equal_local_steps asks for it.
  WeightsRef add_method_training(const Cell& cell, TrainingScheme scheme);
  TrainingConfig training_of(const Cell& cell, TrainingScheme scheme) const;
  void add(results::TaskRecord task);
  void add_profile(const ProfileConfig& profile, const BackboneCostModel& backbone,
                   const MethodCell& method, const std::string& device);
  double seconds(double macs) const;
  PassInput pass_input(const DatasetCell& dataset, const Cell& cell) const;
  /// What goes through the networks to find the ranking, too: an oracle tries every patch.
  PassInput work_input(const DatasetCell& dataset, const Cell& cell) const;
  /// Of all test cases, from their own extents where these are known.
  double macs_of_cases(const DatasetCell& dataset, const Cell& cell, double largest) const;
  void predict_training(const Cell& cell, const TrainSpec& spec, results::TaskRecord& task);

  const ExperimentConfig& config_;
  const Grid& grid_;
  PlanOptions options_;
  Networks networks_;
  Plan plan_;
  std::set<std::string> keys_;
};

/// Extents that cases are brought to, the same for every scheme and method: at least a patch, or
/// the data set's fixed extent. Throws ConfigError where that is no multiple of what the global
/// network takes after down-sizing.
datasets::FitConfig fit_for(const datasets::DatasetDescriptor& descriptor,
                            const BackboneCostModel& global);

/// "5,30,full".
std::string k_text(const std::vector<std::string>& k);

}  // namespace nmsw::runners
