#include "nmsw/metrics/catalog.h"

#include <string>

#include "nmsw/base/choice_hint.h"
#include "nmsw/base/error.h"
#include "nmsw/metrics/dsc.h"
#include "nmsw/metrics/hd95.h"
#include "nmsw/metrics/missed.h"
#include "nmsw/metrics/nsd.h"

namespace nmsw {

const std::vector<MetricEntry>& metric_catalog() {
  static const std::vector<MetricEntry> catalog{
      {"dsc", "1", Better::higher, "Dice similarity: twice the overlap over the sum of both sizes",
       dsc},
      {"nsd", "1", Better::higher,
       "surface Dice: share of both surfaces within the tolerance of the other", nsd,
       /*shown=*/nullptr, /*has_tolerance=*/true},
      {"hd95", "mm", Better::lower,
       "distance within which 95% of each surface lies from the other; the volume's diagonal where "
       "the class is missed",
       hd95_counted, /*shown=*/hd95},
      {"missed", "1", Better::lower, "1 where the label has the class and the prediction lacks it",
       missed, /*shown=*/nullptr, /*has_tolerance=*/false, /*is_flag=*/true},
  };
  return catalog;
}

size_t metric_index(std::string_view name) {
  const std::vector<MetricEntry>& catalog = metric_catalog();
  std::vector<std::string> names;
  for (size_t i = 0; i < catalog.size(); ++i) {
    if (catalog[i].name == name) return i;
    names.emplace_back(catalog[i].name);
  }
  throw ConfigError("metric '{}' is not known; {}", name, choice_hint(std::string(name), names));
}

std::string_view unit_of(const MetricEntry& entry, SurfaceUnit surface_unit) {
  return entry.unit == "mm" && surface_unit == SurfaceUnit::voxel ? "voxel" : entry.unit;
}

}  // namespace nmsw
