#pragma once

#include <cstdint>

#include "reporting/pooled_mean.h"

namespace nmsw::reporting {

/// With fewer repeats a spread says nothing.
constexpr int64_t kMinimumRepeats = 3;

/// What is stored of repeated timings of one thing.
///
/// seconds   median, above 0
/// iqr_s     range between the quartiles, interpolated between the values next to them
/// repeats   kMinimumRepeats or more
struct RepeatedTiming {
  double seconds = 0;
  double iqr_s = 0;
  int64_t repeats = 0;
};

/// The ratio of two medians, slow / fast, with the interval that holds the true one with 95 %
/// confidence or more. It assumes that the logarithms of the repeats are independent and normal; of
/// the repeats only median and quartiles are stored, so that Student's t cannot be had. In its
/// place stands the same quotient of what is there, (median - truth) / range between the quartiles,
/// whose distribution depends on the number of repeats alone. The two sides' reaches are added as
/// squares, so nothing is assumed of the relation of their spreads: wrong in at most 5 % where one
/// side does not vary, in 1 to 4 % where both do alike.
Interval ratio_of_medians(const RepeatedTiming& slow, const RepeatedTiming& fast);

}  // namespace nmsw::reporting
