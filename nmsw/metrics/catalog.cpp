#include "nmsw/metrics/catalog.h"

namespace nmsw {

const std::vector<MetricEntry>& metric_catalog() {
  static const std::vector<MetricEntry> catalog{
      {"dsc", "1", Better::higher, "Dice similarity: twice the overlap over the sum of both sizes",
       &ClassScores::dsc},
      {"nsd", "1", Better::higher,
       "surface Dice: share of both surfaces within the tolerance of the other", &ClassScores::nsd},
      {"hd95", "mm", Better::lower,
       "distance within which 95% of each surface lies from the other; the volume's diagonal where "
       "the "
       "class is missed",
       &ClassScores::hd95_counted},
      {"missed", "1", Better::lower, "1 where the label has the class and the prediction lacks it",
       &ClassScores::missed},
  };
  return catalog;
}

std::string_view unit_of(const MetricEntry& entry, SurfaceUnit surface_unit) {
  return entry.unit == "mm" && surface_unit == SurfaceUnit::voxel ? "voxel" : entry.unit;
}

}  // namespace nmsw
