#pragma once

namespace nmsw::reporting {

/// Student's distribution with any degrees of freedom above 0, whole or not. Exact to about 1e-12.

/// Probability of a value of `t` or less.
double student_cdf(double t, double degrees);

/// The value with that probability below it; `probability` in (0, 1).
double student_quantile(double probability, double degrees);

}  // namespace nmsw::reporting
