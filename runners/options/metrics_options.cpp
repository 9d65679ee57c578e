#include "runners/options/metrics_options.h"

#include "runners/options/option_values.h"
#include "runners/options/option_words.h"

namespace nmsw::runners {

std::optional<MetricsOptions> parse_metrics_options(const std::vector<std::string>& arguments) {
  VerbParser parser(
      {"metrics", "metrics --prediction FILE --label FILE [options]",
       "Scores a label map against another: DSC, NSD and HD95 of every class. HD95 is "
       "inf where one of the two lacks the class, and counts as the volume's diagonal "
       "in the mean; what is undefined is left empty.",
       "nmsw metrics --prediction mine.nii.gz --label truth.nii.gz --tolerance-mm 2 "
       "--format json"});
  MetricsOptions options;
  parser.options().add_options()("prediction", po::value<std::string>(), "label map to score")(
      "label", po::value<std::string>(), "label map taken for the truth")(
      "tolerance-mm", po::value<double>(), "tolerance of NSD in mm (2 where nothing is given)")(
      "tolerance-voxels", po::value<double>(), "tolerance in voxels, and distances in voxels")(
      "classes", po::value<std::string>(),
      "data set, or its descriptor .yaml: names of the classes")("format", text("table"),
                                                                 "json, table or csv");
  if (!parser.parse(arguments)) return std::nullopt;
  options.prediction = parser.required("prediction");
  options.label = parser.required("label");
  if (parser.has("tolerance-mm")) options.tolerance_mm = parser.get<double>("tolerance-mm");
  if (parser.has("tolerance-voxels"))
    options.tolerance_voxels = parser.get<double>("tolerance-voxels");
  if (options.tolerance_mm && options.tolerance_voxels)
    parser.usage_error("give one tolerance, not two");
  if (options.tolerance_mm.value_or(options.tolerance_voxels.value_or(2)) < 0) {
    parser.usage_error("a tolerance must not be negative");
  }
  if (parser.has("classes")) options.classes = parser.get<std::string>("classes");
  options.format = parser.get<std::string>("format");
  require_choice(options.format, "--format", {"json", "table", "csv"});
  return options;
}

}  // namespace nmsw::runners
