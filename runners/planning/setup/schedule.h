#pragma once

#include <string>
#include <vector>

#include "runners/planning/setup/step_seconds.h"

namespace nmsw::runners {

/// Shares of a budget of time. What is left for training after margin and evaluation is split among
/// the three trainings.
inline constexpr double kMargin = 0.15;
inline constexpr double kMostEvaluation = 0.25;
/// No training of the global network has more steps than the local one's; what is left over goes to
/// the local one.
inline constexpr double kLocalShare = 0.5, kGlobalShare = 0.2, kNmswShare = 0.3;

/// What a budget is spent on.
///
/// test_case_patches   patches of the median scan
/// test_cases, validation_cases   labelled ones that are there
struct Workload {
  double budget_s = 0;
  StepSeconds step;
  int64_t test_case_patches = 1;
  int64_t test_cases = 1, validation_cases = 0;
};

/// The same number of epochs for every training, of as many iterations as its share pays for.
///
/// validation_every   epochs between validations, of which each training has at most kValidations
/// max_cases          test cases that are scored; 0: all
/// seconds            that trainings and evaluations are expected to take
struct Schedule {
  int64_t epochs = 1;
  int64_t local_iterations = 1, global_iterations = 1, nmsw_iterations = 1;
  int64_t validation_every = 1, validation_cases = 0;
  int64_t max_cases = 0;
  double training_s = 0, evaluation_s = 0;

  int64_t local_steps() const { return epochs * local_iterations; }
};

inline constexpr int64_t kValidations = 6;
/// The paper's length, which no training exceeds.
inline constexpr int64_t kMostEpochs = 300, kMostIterations = 500;
inline constexpr int64_t kMostSteps = kMostEpochs * kMostIterations;

/// Throws ConfigError, which says the least budget, where ten steps of some training do not fit.
Schedule schedule_for(const Workload& load);

/// Numbers of patches that are scored besides all of them: the three largest of 1, 3, 5, 10 and 30
/// that are at most a third of the patches of a scan.
std::vector<int64_t> chosen_k(int64_t patches);

}  // namespace nmsw::runners
