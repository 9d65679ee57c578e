#include <iostream>

#include "nmsw/base/seed.h"
#include "nmsw/sampling/estimators.h"
#include "runners/options/estimators_options.h"
#include "runners/tensor_commands/tensor_commands.h"

namespace nmsw::runners {
namespace {

uint64_t seed_of(const EstimatorsOptions& options, const char* purpose, int64_t problem) {
  return derive_seed(static_cast<uint64_t>(options.seed), {purpose, std::to_string(problem)});
}

std::vector<ChoiceProblem> problems_of(const EstimatorsOptions& options, double spread) {
  std::vector<ChoiceProblem> problems;
  for (int64_t i = 0; i < options.problems; ++i) {
    problems.push_back(drawn_problem(options.candidates, options.k, spread,
                                     seed_of(options, "estimators: problem", i)));
  }
  return problems;
}

void print_gradients(const EstimatorsOptions& options, double spread) {
  std::cout << fmt::format(
      "| gradient, spread of the scores {:g} | cosine | length | noise |\n"
      "|---|--:|--:|--:|\n",
      spread);
  const std::vector<ChoiceProblem> problems = problems_of(options, spread);
  const auto count = static_cast<double>(problems.size());
  for (const GradientEstimator& estimator : gradient_estimators()) {
    GradientQuality mean;
    for (size_t i = 0; i < problems.size(); ++i) {
      const uint64_t seed = seed_of(options, "estimators: draws", static_cast<int64_t>(i));
      const GradientQuality one = gradient_quality(estimator, problems[i], options.draws, seed);
      mean.cosine += one.cosine / count;
      mean.length += one.length / count;
      mean.noise += one.noise / count;
    }
    std::cout << fmt::format("| {} | {:.3f} | {:.2f} | {:.2f} |\n", estimator.name, mean.cosine,
                             mean.length, mean.noise);
  }
}

void print_means(const EstimatorsOptions& options, double spread) {
  std::cout << fmt::format(
      "\n| mean over all candidates, spread {:g} | bias | noise |\n|---|--:|--:|\n", spread);
  const std::vector<ChoiceProblem> problems = problems_of(options, spread);
  const auto count = static_cast<double>(problems.size());
  std::vector<MeanQuality> mean;
  for (size_t i = 0; i < problems.size(); ++i) {
    const uint64_t seed = seed_of(options, "estimators: means", static_cast<int64_t>(i));
    const std::vector<MeanQuality> found = mean_qualities(problems[i], options.draws, seed);
    mean.resize(found.size());
    for (size_t row = 0; row < found.size(); ++row) {
      mean[row].name = found[row].name;
      mean[row].bias += found[row].bias / count;
      mean[row].noise += found[row].noise / count;
    }
  }
  for (const MeanQuality& row : mean)
    std::cout << fmt::format("| {} | {:.3f} | {:.3f} |\n", row.name, row.bias, row.noise);
}

}  // namespace

int estimators_verb(const Words& arguments) {
  const auto options = parse_estimators_options(arguments);
  if (!options) return 0;
  set_threads(0);
  std::cout << fmt::format(
      "{} of {} patches; means of {} problems. Cosine and length of the estimator's mean against "
      "the exact gradient (1 and 1: no bias), noise: rms deviation of one draw over its "
      "length.\n\n",
      options->k, options->candidates, options->problems);
  for (const double spread : options->spreads) {
    print_gradients(*options, spread);
    print_means(*options, spread);
    std::cout << '\n';
  }
  return 0;
}

}  // namespace nmsw::runners
