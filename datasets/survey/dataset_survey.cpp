#include "datasets/survey/dataset_survey.h"

#include <algorithm>

#include "datasets/formats/volume_file.h"
#include "datasets/grid/orientation.h"
#include "datasets/layouts/listing_judgement.h"
#include "datasets/preparation/intensity.h"
#include "nmsw/base/error.h"
#include "nmsw/base/seed.h"

namespace nmsw::datasets {
namespace {

/// Draws that end early are spread over the data set as well.
std::vector<CaseFiles> in_drawn_order(std::vector<CaseFiles> cases) {
  const auto draw = [](const CaseFiles& files) {
    return derive_seed(0, {"survey", files.case_id});
  };
  std::sort(cases.begin(), cases.end(), [&](const CaseFiles& a, const CaseFiles& b) {
    return std::make_pair(draw(a), a.case_id) < std::make_pair(draw(b), b.case_id);
  });
  return cases;
}

Spread spread_of(std::vector<double> values) {
  const auto [low, high] = std::minmax_element(values.begin(), values.end());
  return {*low, median(values), *high};
}

/// Of NIfTI files the header alone is read; what the others' grids are, their voxels tell.
std::vector<Geometry> grids_of(const std::vector<CaseFiles>& cases, const DatasetSurvey& survey) {
  std::vector<Geometry> grids;
  for (const CaseFiles& files : cases) {
    const auto kind = volume_kind(files.image);
    if (kind != VolumeKind::nifti && kind != VolumeKind::openkbp) continue;
    std::vector<std::string> notes;
    const Geometry stored = read_volume_grid(files.image, notes);
    grids.push_back(apply_axis_map(stored, ras_axis_map(stored)));
  }
  if (grids.size() == cases.size()) return grids;
  grids.clear();
  for (const CaseMeasures& measures : survey.cases) grids.push_back(measures.grid);
  return grids;
}

void survey_grids(const std::vector<CaseFiles>& cases, DatasetSurvey& survey) {
  survey.grids = grids_of(cases, survey);
  for (size_t a = 0; a < 3; ++a) {
    std::vector<double> spacing, extent;
    for (const Geometry& grid : survey.grids) {
      spacing.push_back(grid.spacing_xyz_mm[a]);
      extent.push_back(static_cast<double>(grid.extent_xyz[a]));
    }
    survey.spacing_xyz_mm[a] = spread_of(spacing);
    survey.extent_xyz[a] = spread_of(extent);
  }
}

Spread quantiles(const std::vector<float>& sample) {
  return {percentile(sample, 0.5), percentile(sample, 50), percentile(sample, 99.5)};
}

double voxel_ml(const Geometry& grid) {
  const Real3& side = grid.spacing_xyz_mm;
  return side[0] * side[1] * side[2] / 1000;
}

ClassSurvey survey_class(const std::string& name, int64_t index, const DatasetSurvey& survey) {
  ClassSurvey result;
  result.name = name;
  std::vector<double> voxels, ml;
  std::array<std::vector<double>, 3> box;
  std::vector<float> sample;
  for (const CaseMeasures& measures : survey.cases) {
    for (const ClassMeasures& found : measures.classes) {
      if (found.index != index) continue;
      voxels.push_back(static_cast<double>(found.voxels));
      sample.insert(sample.end(), found.sample.begin(), found.sample.end());
      ml.push_back(voxels.back() * voxel_ml(measures.grid));
      for (size_t a = 0; a < 3; ++a) {
        box[a].push_back(static_cast<double>(found.box_extent_xyz[a]) *
                         measures.grid.spacing_xyz_mm[a]);
      }
    }
  }
  result.cases_with = static_cast<int64_t>(voxels.size());
  if (voxels.empty()) return result;
  result.median_voxels = median(voxels);
  result.median_ml = median(ml);
  result.intensities = quantiles(sample);
  for (size_t a = 0; a < 3; ++a) result.median_box_mm[a] = median(box[a]);
  return result;
}

void survey_intensities(const std::filesystem::path& root, DatasetSurvey& survey) {
  std::vector<float> sample;
  std::vector<double> shares, nonzero, minima;
  bool whole_numbers = true;
  for (const CaseMeasures& measures : survey.cases) {
    double labelled = 0;
    for (const ClassMeasures& found : measures.classes) {
      labelled += static_cast<double>(found.voxels);
      sample.insert(sample.end(), found.sample.begin(), found.sample.end());
    }
    shares.push_back(labelled / static_cast<double>(measures.grid.voxel_count()));
    nonzero.push_back(measures.nonzero_share);
    minima.push_back(measures.minimum);
    whole_numbers = whole_numbers && measures.whole_numbers;
  }
  if (sample.empty()) {
    throw DataError("{}: none of the {} cases read has a labelled voxel; are these the labels?",
                    root.string(), survey.cases.size());
  }
  survey.foreground = quantiles(sample);
  survey.foreground_share = median(shares);
  survey.nonzero_share = median(nonzero);
  constexpr double kBelowAir = -200;
  survey.looks_like_hu = whole_numbers && median(minima) < kBelowAir;
}

}  // namespace

double median(std::vector<double> values) {
  std::sort(values.begin(), values.end());
  const size_t half = values.size() / 2;
  return values.size() % 2 == 1 ? values[half] : (values[half - 1] + values[half]) / 2;
}

DatasetSurvey survey_dataset(const DatasetDescriptor& descriptor, const std::filesystem::path& root,
                             const SurveyLimits& limits, int64_t channel) {
  constexpr size_t kAlwaysRead = 3;
  const CaseListing listing = usable_listing(descriptor, root);
  DatasetSurvey survey;
  std::vector<CaseFiles> seen;
  for (const CaseFiles& files : listing.cases) {
    if (!files.has_label()) continue;
    (files.split == Split::train        ? survey.training_cases
     : files.split == Split::validation ? survey.validation_cases
                                        : survey.test_cases) += 1;
    if (files.split == Split::test) continue;
    seen.push_back(files);
    seen.back().image = channel_images(files).at(static_cast<size_t>(channel));
  }
  seen = in_drawn_order(std::move(seen));
  int64_t voxels = 0;
  for (const CaseFiles& files : seen) {
    const bool enough = static_cast<int64_t>(survey.cases.size()) >= limits.cases ||
                        (survey.cases.size() >= kAlwaysRead && voxels > limits.voxels);
    if (enough) break;
    survey.cases.push_back(measure_case(descriptor, files));
    voxels += survey.cases.back().decoded_voxels;
  }
  survey_grids(seen, survey);
  survey_intensities(root, survey);
  for (size_t i = 0; i < descriptor.classes.size(); ++i) {
    survey.classes.push_back(
        survey_class(descriptor.classes[i], static_cast<int64_t>(i) + 1, survey));
  }
  return survey;
}

}  // namespace nmsw::datasets
