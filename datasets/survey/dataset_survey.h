#pragma once

#include <filesystem>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "datasets/survey/case_measures.h"

namespace nmsw::datasets {

/// The lowest value, the median and the highest.
struct Spread {
  double low = 0, median = 0, high = 0;
};

/// One class over the cases that were read.
///
/// cases_with       how many of them show it
/// median_voxels    in these, on their own grids
/// median_ml        likewise; 0 where no case shows it
/// median_box_mm    sides of its box
/// intensities      of its voxels sampled, at 0.5, 50 and 99.5 %
struct ClassSurvey {
  std::string name;
  int64_t cases_with = 0;
  double median_voxels = 0;
  double median_ml = 0;
  Real3 median_box_mm{};
  Spread intensities;
};

/// A data set in numbers. Extents and spacings run along right, front, head.
///
/// training_cases, validation_cases, test_cases   labelled cases of each part
/// grids             of the training and validation cases: of all, where headers can be read alone,
///                   else of those in `cases`
/// cases             of the training and validation cases that were read whole, in the order of the
///                   draw
/// foreground        intensities at 0.5, 50 and 99.5 % of the voxels sampled of all classes, each
///                   class by its sample
/// foreground_share  median share of a volume that is foreground
/// nonzero_share     median share that the box of voxels that are not zero takes
/// looks_like_hu     every intensity a whole number, and air (below -200) in half of the cases
struct DatasetSurvey {
  int64_t training_cases = 0, validation_cases = 0, test_cases = 0;
  std::vector<Geometry> grids;
  std::array<Spread, 3> spacing_xyz_mm;
  std::array<Spread, 3> extent_xyz;
  std::vector<CaseMeasures> cases;
  std::vector<ClassSurvey> classes;
  Spread foreground;
  double foreground_share = 0;
  double nonzero_share = 1;
  bool looks_like_hu = false;
};

/// What is read at most.
///
/// cases    whole cases
/// voxels   voxels of all their files, after which no further case is begun (the first three are
///          read in any case)
struct SurveyLimits {
  int64_t cases = 40;
  int64_t voxels = 4'000'000'000;
};

/// Lists a folder by a descriptor and reads some of its labelled training and validation cases,
/// drawn at random but always the same, one at a time; test cases stay unseen. Intensities are those
/// of one channel.
///
/// throws   DataError with the faults of the listing, for a case that cannot be read, and where no
///          voxel of any case read is labelled
DatasetSurvey survey_dataset(const DatasetDescriptor& descriptor, const std::filesystem::path& root,
                             const SurveyLimits& limits = {}, int64_t channel = 0);

/// The value in the middle, the mean of the two where there are two. Not empty.
double median(std::vector<double> values);

}  // namespace nmsw::datasets
