#pragma once

#include <functional>
#include <string>
#include <vector>

#include "nmsw/tensor/tensor.h"

namespace nmsw {

/// A choice of patches that is small enough to enumerate: each candidate is worth something, and
/// the objective is the expected worth of the k picks drawn from softmax(scores). All in double.
struct ChoiceProblem {
  Tensor scores, worth;  ///< [N]
  int64_t k = 3;
};

/// Scores of a standard deviation of `spread`, worths of 1; from `seed`.
ChoiceProblem drawn_problem(int64_t candidates, int64_t k, double spread, uint64_t seed);

/// The gradient [N] of the expected worth to the scores, over every ordered draw.
Tensor exact_gradient(const ChoiceProblem& problem, bool with_replacement);

/// Gradients [D,N] that an estimator gave in D draws, with the probability [D] of each; undefined:
/// all alike.
struct DrawnGradients {
  Tensor gradient, chance;
};

struct GradientEstimator {
  std::string name;
  bool with_replacement = false;  ///< which of the two objectives it is for
  /// D draws, or all there are where the estimator's can be enumerated.
  std::function<DrawnGradients(const ChoiceProblem& problem, int64_t draws,
                               const torch::Generator& generator)>
      gradients;
};

/// THE list: every sampler with its estimators, baselines and temperatures.
std::vector<GradientEstimator> gradient_estimators();

/// What a gradient estimator makes of a problem. Bias shows in the first two: without any they are 1.
struct GradientQuality {
  double cosine = 0;  ///< of its mean with the exact gradient
  double length = 0;  ///< of its mean over the exact one's
  double noise = 0;   ///< rms deviation of one draw over the exact one's length
};
GradientQuality gradient_quality(const GradientEstimator& estimator, const ChoiceProblem& problem,
                                 int64_t draws, uint64_t seed);

/// How an estimate of the mean worth over all candidates, Σ a·worth, fares from k drawn ones, in
/// units of the standard deviation of the worths under a = softmax(scores).
struct MeanQuality {
  std::string name;
  double bias = 0, noise = 0;
};

/// By attention sampling with and without replacement, over every draw, and by inclusion weights,
/// as they are and normalised, over `draws` of them.
std::vector<MeanQuality> mean_qualities(const ChoiceProblem& problem, int64_t draws, uint64_t seed);

}  // namespace nmsw
