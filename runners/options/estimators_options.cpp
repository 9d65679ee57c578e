#include "runners/options/estimators_options.h"

#include <cmath>

#include "runners/options/option_words.h"

namespace nmsw::runners {
namespace {

/// Ordered draws that are still enumerated.
constexpr double kMostDraws = 20000;

}  // namespace

std::optional<EstimatorsOptions> parse_estimators_options(
    const std::vector<std::string>& arguments) {
  VerbParser parser({"estimators", "estimators [options]",
                     "Bias and noise of every sampler's gradient where the exact one is known: a "
                     "choice of few patches, each of a given worth, over every ordered draw.",
                     "nmsw estimators --spread 2"});
  EstimatorsOptions options;
  parser.options().add_options()("candidates", with_default(options.candidates),
                                 "candidate patches")("k", with_default(options.k), "picks")(
      "spread", po::value<std::vector<double>>()->composing(),
      "standard deviation of the scores; several are tried one by one (0.3 and 2)")(
      "problems", with_default(options.problems), "problems, of which the mean is shown")(
      "draws", with_default(options.draws), "draws where they cannot be enumerated")(
      "seed", with_default(options.seed), "of problems and draws");
  if (!parser.parse(arguments)) return std::nullopt;
  options.candidates = parser.get<int64_t>("candidates");
  options.k = parser.get<int64_t>("k");
  if (parser.is_given("spread")) options.spreads = parser.list<double>("spread");
  options.problems = parser.get<int64_t>("problems");
  options.draws = parser.get<int64_t>("draws");
  options.seed = parser.get<int64_t>("seed");
  if (options.candidates < 2 || options.k < 1 || options.k >= options.candidates)
    parser.usage_error("--k must lie in 1..candidates-1");
  if (std::pow(options.candidates, options.k) > kMostDraws)
    parser.usage_error("--candidates to the power of --k may be at most 20000");
  for (const double spread : options.spreads) {
    if (!(spread > 0 && spread <= 100)) parser.usage_error("--spread must lie in 0..100, above 0");
  }
  if (options.problems < 1 || options.problems > 1000)
    parser.usage_error("--problems must lie in 1..1000");
  if (options.draws < 2 || options.draws > 100000)
    parser.usage_error("--draws must lie in 2..100000");
  return options;
}

}  // namespace nmsw::runners
