#include "reporting/student.h"

#include <cmath>

namespace nmsw::reporting {
namespace {

constexpr double kSmallest = 1e-300;
constexpr double kPrecision = 1e-15;
constexpr int kMostTerms = 10000;

double away_from_zero(double value) { return std::fabs(value) < kSmallest ? kSmallest : value; }

/// The continued fraction of the incomplete beta function (Lentz's method; Abramowitz and Stegun
/// 26.5.8), which converges fast for x below (a + 1) / (a + b + 2).
double beta_fraction(double a, double b, double x) {
  double above = 1;
  double below = 1 / away_from_zero(1 - (a + b) * x / (a + 1));
  double fraction = below;
  for (int i = 1; i < kMostTerms; ++i) {
    const double m = i;
    const double even = m * (b - m) * x / ((a + 2 * m - 1) * (a + 2 * m));
    below = 1 / away_from_zero(1 + even * below);
    above = away_from_zero(1 + even / above);
    fraction *= below * above;
    const double odd = -(a + m) * (a + b + m) * x / ((a + 2 * m) * (a + 2 * m + 1));
    below = 1 / away_from_zero(1 + odd * below);
    above = away_from_zero(1 + odd / above);
    fraction *= below * above;
    if (std::fabs(below * above - 1) < kPrecision) break;
  }
  return fraction;
}

double regularised_beta(double a, double b, double x) {
  if (x <= 0) return 0;
  if (x >= 1) return 1;
  const double front = std::exp(std::lgamma(a + b) - std::lgamma(a) - std::lgamma(b) +
                                a * std::log(x) + b * std::log1p(-x));
  return x < (a + 1) / (a + b + 2) ? front * beta_fraction(a, b, x) / a
                                   : 1 - front * beta_fraction(b, a, 1 - x) / b;
}

}  // namespace

double student_cdf(double t, double degrees) {
  const double tail = 0.5 * regularised_beta(degrees / 2, 0.5, degrees / (degrees + t * t));
  return t > 0 ? 1 - tail : tail;
}

double student_quantile(double probability, double degrees) {
  double low = -1, high = 1;
  while (student_cdf(low, degrees) > probability) low *= 2;
  while (student_cdf(high, degrees) < probability) high *= 2;
  // Bisection to the last bit: the same value on every machine, whatever its derivative.
  for (;;) {
    const double middle = low + (high - low) / 2;
    if (middle <= low || middle >= high) return middle;
    (student_cdf(middle, degrees) < probability ? low : high) = middle;
  }
}

}  // namespace nmsw::reporting
