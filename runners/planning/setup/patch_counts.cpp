#include "runners/planning/setup/patch_counts.h"

#include <algorithm>

#include "datasets/preparation/prepared_extent.h"
#include "nmsw/cost/patch_count.h"

namespace nmsw::runners {
namespace {

/// Patches along an axis that meet the interval [low, high).
double meeting(int64_t extent, int64_t patch, double overlap, double low, double high) {
  const std::vector<int64_t> starts = axis_starts(extent, patch, overlap);
  return static_cast<double>(std::count_if(starts.begin(), starts.end(), [&](int64_t start) {
    return static_cast<double>(start)<high&& static_cast<double>(start + patch)> low;
  }));
}

}  // namespace

PatchCounts count_patches(const datasets::DatasetSurvey& survey, const PreparationChoice& choice,
                          double overlap) {
  datasets::FitConfig fit;
  fit.minimum_xyz = choice.patch_xyz;
  std::vector<double> totals;
  std::vector<std::vector<double>> classes(survey.classes.size());
  for (const datasets::CaseMeasures& measures : survey.cases) {
    const Geometry& grid = measures.grid;
    const Int3 extent =
        datasets::prepared_extent(grid.extent_xyz, grid.spacing_xyz_mm, choice.preprocessing, fit);
    totals.push_back(static_cast<double>(patches_total(extent, choice.patch_xyz, overlap)));
    for (const datasets::ClassMeasures& found : measures.classes) {
      double met = 1;
      for (size_t a = 0; a < 3; ++a) {
        const double scale = choice.preprocessing.spacing_xyz_mm
                                 ? grid.spacing_xyz_mm[a] / choice.spacing_xyz_mm[a]
                                 : 1;
        const double low = static_cast<double>(found.box_start_xyz[a]) * scale;
        const double high = low + static_cast<double>(found.box_extent_xyz[a]) * scale;
        met *= meeting(extent[a], choice.patch_xyz[a], overlap, low, high);
      }
      classes.at(static_cast<size_t>(found.index) - 1).push_back(met);
    }
  }
  PatchCounts counts;
  counts.total = datasets::median(totals);
  for (const std::vector<double>& met : classes)
    counts.by_class.push_back(met.empty() ? 0 : datasets::median(met));
  return counts;
}

}  // namespace nmsw::runners
