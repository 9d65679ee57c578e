#include "nmsw/metrics/hd95.h"

#include <cmath>
#include <limits>

#include "nmsw/metrics/dsc.h"

namespace nmsw {
namespace {

constexpr double kPercent = 95;
constexpr double kInfinity = std::numeric_limits<double>::infinity();

}  // namespace

double hd95(const ClassEvidence& evidence) {
  const bool in_mm = evidence.options.unit == SurfaceUnit::mm;
  if (evidence.surfaces == nullptr) return in_mm ? kInfinity : kUndefinedScore;
  return in_mm ? weighted_hausdorff(*evidence.surfaces, kPercent)
               : interpolated_hausdorff(*evidence.surfaces, kPercent);
}

double hd95_counted(const ClassEvidence& evidence) {
  if (std::isnan(dsc(evidence))) return kUndefinedScore;
  return evidence.surfaces == nullptr ? evidence.longest_distance : hd95(evidence);
}

}  // namespace nmsw
