#include "runners/planning/setup/schedule.h"

#include <algorithm>
#include <cmath>

#include "nmsw/base/readable.h"

namespace nmsw::runners {
namespace {

/// A step runs each network forward and twice as much backward.
constexpr double kStepsOfAPass = 1.0 / 3;
constexpr int64_t kUsualEpochs = 40;
constexpr int64_t kLeastSteps = 10;

/// Sliding window and NMSW with all patches, which both visit every patch, and one coarse pass.
double seconds_of_a_test_case(const Workload& load) {
  const double patch = load.step.local * kStepsOfAPass / static_cast<double>(kLocalPatches);
  return 2 * static_cast<double>(load.test_case_patches) * patch + load.step.global * kStepsOfAPass;
}

/// Steps that a share of the training time pays for, besides the validations.
double steps_in(double seconds, double step_s, double validation_s) {
  return std::max(0.0, seconds - validation_s) / step_s;
}

/// As many validation cases as cost a tenth of the dearest training's time.
int64_t validation_cases_of(const Workload& load, double training_s) {
  const double one = kValidations * kStepsOfAPass * load.step.nmsw;
  const auto affordable = static_cast<int64_t>(0.1 * kNmswShare * training_s / one);
  return std::min(load.validation_cases, std::clamp<int64_t>(affordable, 1, 30));
}

}  // namespace

Schedule schedule_for(const Workload& load) {
  Schedule schedule;
  const double usable = load.budget_s * (1 - kMargin);
  const double test_case = seconds_of_a_test_case(load);
  int64_t scored = load.test_cases;
  if (test_case * static_cast<double>(scored) > kMostEvaluation * usable) {
    scored = std::max<int64_t>(1, static_cast<int64_t>(kMostEvaluation * usable / test_case));
    schedule.max_cases = scored < load.test_cases ? scored : 0;
  }
  schedule.evaluation_s = test_case * static_cast<double>(scored);
  const double training = usable - schedule.evaluation_s;
  schedule.validation_cases = validation_cases_of(load, training);
  const auto validation = [&](double step_s) {
    return static_cast<double>(kValidations * schedule.validation_cases) * kStepsOfAPass * step_s;
  };
  const auto steps = [&](double share, double step_s) {
    return steps_in(share * training, step_s, validation(step_s));
  };
  double local = steps(kLocalShare, load.step.local);
  double global = steps(kGlobalShare, load.step.global);
  if (global > local) {  // both as many: a coarse scan that is cheap needs no more
    const double both = load.step.local + load.step.global;
    local = global = steps_in((kLocalShare + kGlobalShare) * training, both, validation(both));
  }
  const double nmsw = steps(kNmswShare, load.step.nmsw);
  const double least = std::min({local, global, nmsw});
  if (!(least >= kLeastSteps)) {
    const double needed =
        kLeastSteps * 2 *
            std::max({load.step.local / kLocalShare, load.step.global / kGlobalShare,
                      load.step.nmsw / kNmswShare}) +
        test_case;
    throw ConfigError(
        "--budget {}: too little to train anything: a step of the local, global and NMSW training "
        "takes about {}, {} and {} here; give at least {}",
        readable_seconds(load.budget_s), readable_seconds(load.step.local),
        readable_seconds(load.step.global), readable_seconds(load.step.nmsw),
        readable_seconds(needed / (1 - kMargin) * 1.5));
  }
  const double most = std::max({local, global, nmsw});
  schedule.epochs = std::clamp<int64_t>(static_cast<int64_t>(least / kLeastSteps), 1, kUsualEpochs);
  const auto for_most = static_cast<int64_t>(std::ceil(most / kMostIterations));
  schedule.epochs = std::clamp<int64_t>(for_most, schedule.epochs, kMostEpochs);
  const auto iterations = [&](double all) {
    return std::clamp<int64_t>(static_cast<int64_t>(all / static_cast<double>(schedule.epochs)), 1,
                               kMostIterations);
  };
  schedule.local_iterations = iterations(local);
  schedule.global_iterations = iterations(global);
  schedule.nmsw_iterations = iterations(nmsw);
  schedule.validation_every = (schedule.epochs + kValidations - 1) / kValidations;
  const auto spent = [&](int64_t each, double step_s) {
    return static_cast<double>(schedule.epochs * each) * step_s + validation(step_s);
  };
  schedule.training_s = spent(schedule.local_iterations, load.step.local) +
                        spent(schedule.global_iterations, load.step.global) +
                        spent(schedule.nmsw_iterations, load.step.nmsw);
  return schedule;
}

std::vector<int64_t> chosen_k(int64_t patches) {
  std::vector<int64_t> chosen;
  for (const int64_t k : {1, 3, 5, 10, 30}) {
    if (k == 1 || 3 * k <= patches) chosen.push_back(k);
  }
  if (chosen.size() > 3) chosen.erase(chosen.begin(), chosen.end() - 3);
  return chosen;
}

}  // namespace nmsw::runners
