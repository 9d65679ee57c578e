#include "runners/options/predict_options.h"

#include "runners/options/device_options.h"
#include "runners/options/option_values.h"
#include "runners/options/option_words.h"

namespace nmsw::runners {

namespace {

void declare(VerbParser& parser) {
  parser.options().add_options()("checkpoint", po::value<std::vector<std::string>>()->multitoken(),
                                 "trained weights; of several, as of the folds of a "
                                 "cross-validation, the probabilities are averaged")(
      "input", po::value<std::vector<std::string>>()->multitoken(),
      "image file (.nii.gz, .nii, .nrrd, .mha), DICOM folder, or a folder of either; may be "
      "several")("series", text(""), "SeriesInstanceUID, where the folder holds several")(
      "output", po::value<std::string>(),
      "label map to write, or with many scans the folder for them: .nii.gz or .nii (with the "
      "classes' names and colours), .seg.nrrd (3D "
      "Slicer's segmentation, with SNOMED CT codes too), .nrrd or .mha")("method", text("nmsw"),
                                                                         "see nmsw list methods")(
      "k", text("full"),
      "patches, full, or auto: until --auto-left is left to cover, or --mass-left of the learned "
      "probability")("auto-left", with_default(OrderSettings{}.auto_left),
                     "k auto: the share of the gain that may stay uncovered, 0 to 1")(
      "mass-left", with_default(0.01),
      "k auto, order scores: the learned probability that other patches may hold, 0 to 1")(
      "overlap", with_default(0.5), "overlap of neighbouring patches")(
      "order", text("coverage"),
      "which patches first: coverage (what adds most to those before), scores (learned, as in the "
      "paper), foreground, entropy or random_foreground")(
      "gain", text("foreground"), "order coverage: foreground, entropy, classes or scores")(
      "discount", with_default(0.0),
      "order coverage: what is covered already counts times this, 0 to 1")(
      "precision", text("fp32"),
      "fp32 or bf16 for products, with sums in fp32; on NVIDIA devices fp16 too")(
      "memory-limit", po::value<std::string>(), "peak memory to stay below, e.g. 4GiB")(
      "time-budget", po::value<std::string>(),
      "seconds for the segmentation, e.g. 5s: as many of the patches as fit")(
      "label-tables", "colour tables beside the output: .ctbl (3D Slicer), .itksnap.txt")(
      "volumes", po::value<std::string>(),
      "CSV file: voxels, ml and mean intensity (HU for a CT) of each class")(
      "preview", po::value<std::string>(), "PNG file: three planes with classes and patches")(
      "page", po::value<std::string>(),
      "HTML file to look at: the scan, its classes and the patches in three planes and in 3-D")(
      "roi", po::value<std::string>(),
      "the patches used as regions of interest for 3D Slicer, .mrk.json")(
      "continue", "many scans: leave out those whose label map is there")(
      "part", text("1/1"), "many scans: I/N takes every N-th from the I-th on, for N processes")(
      "trace", po::value<std::string>(), "JSON file: the patches used, in voxels")(
      "report", po::value<std::string>(),
      "JSON file: stage times and peak memory, predicted and measured")(
      "threads", with_default<int64_t>(0), "0: from the machine")("quiet,q",
                                                                  "no progress on the terminal");
}

void read_ranking(const VerbParser& parser, PredictOptions& options) {
  const auto order = parser.get<std::string>("order"), gain = parser.get<std::string>("gain");
  require_choice(order, "--order",
                 {"scores", "foreground", "entropy", "coverage", "random_foreground"});
  require_choice(gain, "--gain", {"foreground", "entropy", "classes", "scores"});
  options.ranking = {*enum_from_name<PatchOrder>(order), *enum_from_name<PatchGain>(gain),
                     parser.get<double>("discount")};
  options.order_is_given = parser.is_given("order");
  options.ranking.auto_left = parser.get<double>("auto-left");
  options.ranking.mass_left = parser.get<double>("mass-left");
}

/// Which scans, and what is written.
void read_files(const VerbParser& parser, PredictOptions& options) {
  for (const std::string& input : parser.list<std::string>("input"))
    options.inputs.emplace_back(input);
  if (options.inputs.empty()) parser.usage_error("--input is missing");
  options.series = parser.get<std::string>("series");
  options.output = parser.required("output");
  options.skips_done = parser.has("continue");
  options.part = parse_part(parser.get<std::string>("part"), "--part");
  options.trace = optional_path(parser, "trace");
  options.report = optional_path(parser, "report");
  options.label_tables = parser.has("label-tables");
  options.volumes = optional_path(parser, "volumes");
  options.roi = optional_path(parser, "roi");
  options.preview = optional_path(parser, "preview");
  options.page = optional_path(parser, "page");
}

void require_consistent(const VerbParser& parser, const PredictOptions& options) {
  require_k(options.k, {kAutoKName});
  if (!(options.overlap >= 0 && options.overlap < 1))
    parser.usage_error("--overlap must lie in [0,1)");
  if (options.checkpoints.size() > 1 && options.time_budget_s)
    parser.usage_error("--time-budget needs one --checkpoint");
  if (options.order_is_given && options.method != "nmsw")
    parser.usage_error("--order needs --method nmsw");
  if (!(options.ranking.discount >= 0 && options.ranking.discount <= 1))
    parser.usage_error("--discount must lie in 0..1");
  const bool ends =
      options.ranking.order == PatchOrder::coverage || options.ranking.order == PatchOrder::scores;
  if (options.k == kAutoKName && (!ends || options.method != "nmsw"))
    parser.usage_error("--k auto needs --method nmsw --order coverage or scores");
  if (!(options.ranking.auto_left >= 0 && options.ranking.auto_left <= 1))
    parser.usage_error("--auto-left must lie in 0..1");
  if (!(*options.ranking.mass_left >= 0 && *options.ranking.mass_left <= 1))
    parser.usage_error("--mass-left must lie in 0..1");
}

}  // namespace

std::optional<PredictOptions> parse_predict_options(const std::vector<std::string>& arguments) {
  VerbParser parser(
      {"predict", "predict --checkpoint FILE… --input SCAN… --output FILE_OR_FOLDER [options]",
       "Segments scans. Each result lies on its scan's own grid. With many scans the network is "
       "loaded once, and --volumes, --preview, --page, --roi, --trace and --report name folders.",
       "nmsw predict --checkpoint net.safetensors --input ct.nii.gz --output labels.nii.gz --k "
       "30"});
  PredictOptions options;
  declare(parser);
  add_device_options(parser, options.device);
  if (!parser.parse(arguments)) return std::nullopt;
  for (const std::string& checkpoint : parser.list<std::string>("checkpoint"))
    options.checkpoints.emplace_back(checkpoint);
  if (options.checkpoints.empty()) parser.usage_error("--checkpoint is missing");
  options.method = parser.get<std::string>("method");
  options.k = parser.get<std::string>("k");
  options.overlap = parser.get<double>("overlap");
  read_ranking(parser, options);
  const auto precision = parser.get<std::string>("precision");
  require_choice(precision, "--precision", {"fp32", "bf16", "fp16"});
  options.precision = *enum_from_name<Precision>(precision);
  if (parser.has("memory-limit")) {
    options.memory_limit_bytes =
        parse_bytes(parser.get<std::string>("memory-limit"), "--memory-limit");
  }
  if (parser.has("time-budget")) {
    options.time_budget_s = parse_seconds(parser.get<std::string>("time-budget"), "--time-budget");
  }
  read_files(parser, options);
  read_device_options(parser, options);
  options.threads = parser.get<int64_t>("threads");
  options.quiet = parser.has("quiet");
  require_consistent(parser, options);
  return options;
}

OrderSettings ranking_for(const PredictOptions& options, const ModelConfig& model) {
  OrderSettings ranking = options.ranking;
  if (!options.order_is_given && model.soft_scaling == SoftScaling::always)
    ranking.order = PatchOrder::scores;
  return ranking;
}

}  // namespace nmsw::runners
