#include "runners/options/command_line.h"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <map>

#include "runners/options/device_options.h"

namespace nmsw::runners {
namespace {

namespace po = boost::program_options;

template <class T>
auto with_default(T value) {
  return po::value<T>()->default_value(value);
}
auto text(const char* value) { return po::value<std::string>()->default_value(value); }
auto words() { return po::value<std::vector<std::string>>()->composing(); }
auto numbers(int64_t value) {
  return po::value<std::vector<int64_t>>()->composing()->default_value({value},
                                                                       std::to_string(value));
}

void require_k(const std::string& k) {
  const bool digits = !k.empty() && k.find_first_not_of("0123456789") == std::string::npos;
  if (k != "full" && (!digits || k.find_first_not_of('0') == std::string::npos)) {
    throw ConfigError("--k {}: expected a number of patches above 0, or full", k);
  }
}

/// A number and the unit behind it, times the unit's size.
double scaled(const std::string& text_value, const std::string& what,
              const std::map<std::string, double>& units) {
  double number = 0;
  const char* end = text_value.data() + text_value.size();
  const auto [rest, error] = std::from_chars(text_value.data(), end, number);
  const auto unit = units.find(std::string(rest, end));
  if (error != std::errc{} || unit == units.end() || !(number > 0) || !std::isfinite(number)) {
    std::string list;
    for (const auto& [name, size] : units)
      list += (list.empty() ? "" : ", ") + (name.empty() ? "nothing" : name);
    throw ConfigError("{} {}: expected a number above 0 and a unit (one of {})", what, text_value,
                      list);
  }
  return number * unit->second;
}

template <class T>
std::optional<std::filesystem::path> optional_path(const T& parser, const char* name) {
  if (!parser.has(name)) return std::nullopt;
  return std::filesystem::path(parser.template get<std::string>(name));
}

}  // namespace

void require_choice(const std::string& value, const std::string& what,
                    const std::vector<std::string>& choices) {
  if (std::find(choices.begin(), choices.end(), value) != choices.end()) return;
  std::string list;
  for (const std::string& choice : choices) list += (list.empty() ? "" : ", ") + choice;
  throw ConfigError("{} {}: choose one of: {}", what, value, list);
}

void require_device(const std::string& device) {
  const bool numbered = device.rfind("cuda:", 0) == 0 && device.size() > 5 &&
                        device.find_first_not_of("0123456789", 5) == std::string::npos;
  if (!numbered) require_choice(device, "--device", {"auto", "cpu", "cuda", "cuda:N"});
}

OnlyFilter parse_only(const std::vector<std::string>& filters) {
  OnlyFilter only;
  for (const std::string& filter : filters) {
    const size_t equals = filter.find('=');
    if (equals == std::string::npos)
      throw ConfigError("--only {}: expected key=value, e.g. dataset=word", filter);
    only.emplace_back(filter.substr(0, equals), filter.substr(equals + 1));
    require_choice(only.back().first, "--only",
                   {"key", "kind", "dataset", "backbone", "method", "k", "scheme", "seed",
                    "class_weight", "variant"});
  }
  return only;
}

Int3 parse_extent(const std::string& value, const std::string& what) {
  Int3 extent{};
  size_t axis = 0;
  const char* at = value.data();
  const char* end = at + value.size();
  while (axis < 3) {
    const auto [rest, error] = std::from_chars(at, end, extent[axis]);
    if (error != std::errc{} || extent[axis] < 1) break;
    ++axis;
    at = rest;
    if (at == end || *at != ',') break;
    ++at;
  }
  if (at == end && axis == 1) return {extent[0], extent[0], extent[0]};
  if (at != end || axis != 3)
    throw ConfigError("{} {}: expected X,Y,Z or one number, each above 0", what, value);
  return extent;
}

int64_t parse_bytes(const std::string& value, const std::string& what) {
  const double kib = 1024;
  const double bytes = scaled(value, what,
                              {{"", 1},
                               {"B", 1},
                               {"KiB", kib},
                               {"MiB", kib * kib},
                               {"GiB", kib * kib * kib},
                               {"KB", 1e3},
                               {"MB", 1e6},
                               {"GB", 1e9}});
  if (bytes > 9e18) throw ConfigError("{} {}: more bytes than any machine has", what, value);
  return static_cast<int64_t>(bytes);
}

double parse_seconds(const std::string& value, const std::string& what) {
  return scaled(value, what, {{"", 1}, {"s", 1}, {"ms", 1e-3}, {"min", 60}});
}

std::optional<RunOptions> parse_run_options(int argc, char** argv) {
  return parse_run_options(std::vector<std::string>(argv + std::min(argc, 2), argv + argc));
}

std::optional<RunOptions> parse_run_options(const std::vector<std::string>& arguments) {
  VerbParser parser(
      {"run", "run EXPERIMENT.yaml [options]",
       "Plans an experiment and executes what is not done yet. Run again, it continues.",
       "nmsw run experiments/reproduce.yaml --workers 1 --only dataset=word"});
  RunOptions options;
  parser.options().add_options()("db", text(kDefaultDatabase), "database of the results")(
      "runs", text("results/runs"), "folder of checkpoints and logs")(
      "cache", text(kDefaultCache), "folder of prepared cases and of the digests of data files")(
      "workers", with_default<int64_t>(1), "tasks executed at the same time")(
      "threads", with_default<int64_t>(0), "threads in all; 0: from the machine")(
      "set", words(), "path.to.key=value in place of the YAML's, may be repeated")(
      "only", words(), "key=value: only these tasks and what they need, may be repeated")(
      "fail-fast", "stop at the first task that fails")("quiet,q", "no progress on the terminal");
  add_device_options(parser, options.device);
  parser.positional("experiment", -1);
  if (!parser.parse(arguments)) return std::nullopt;
  options.experiment = parser.only_word("experiment");
  options.database = parser.get<std::string>("db");
  options.runs = parser.get<std::string>("runs");
  options.cache = parser.get<std::string>("cache");
  options.workers = parser.get<int64_t>("workers");
  options.threads = parser.get<int64_t>("threads");
  read_device_options(parser, options);
  options.set = parser.list<std::string>("set");
  options.only = parse_only(parser.list<std::string>("only"));
  options.fail_fast = parser.has("fail-fast");
  options.quiet = parser.has("quiet");
  if (options.workers < 1) parser.usage_error("--workers must be at least 1");
  if (options.threads < 0) parser.usage_error("--threads must not be negative");
  return options;
}

std::optional<PredictOptions> parse_predict_options(const std::vector<std::string>& arguments) {
  VerbParser parser(
      {"predict", "predict --checkpoint FILE --input FILE_OR_DICOM_FOLDER --output FILE [options]",
       "Segments one volume. The result lies on the input's own grid.",
       "nmsw predict --checkpoint net.pt --input ct.nii.gz --output labels.nii.gz --k 30"});
  PredictOptions options;
  parser.options().add_options()("checkpoint", po::value<std::string>(), "trained weights")(
      "input", po::value<std::string>(), "image file (.nii.gz, .nii, .nrrd, .mha) or DICOM folder")(
      "series", text(""), "SeriesInstanceUID, where the folder holds several")(
      "output", po::value<std::string>(), "label map to write")(
      "method", text("nmsw"), "sliding_window, random_foreground, zoom_out or nmsw")(
      "k", text("full"), "patches, or full")("overlap", with_default(0.5),
                                             "overlap of neighbouring patches")(
      "precision", text("fp32"),
      "fp32 or bf16 for products, with sums in fp32; on NVIDIA devices fp16 too")(
      "memory-limit", po::value<std::string>(), "peak memory to stay below, e.g. 4GiB")(
      "time-budget", po::value<std::string>(),
      "seconds for the segmentation, e.g. 5s: as many of the patches as fit")(
      "trace", po::value<std::string>(), "JSON file: the patches used")(
      "report", po::value<std::string>(),
      "JSON file: stage times and peak memory, predicted and measured")(
      "threads", with_default<int64_t>(0), "0: from the machine")("quiet,q",
                                                                  "no progress on the terminal");
  add_device_options(parser, options.device);
  if (!parser.parse(arguments)) return std::nullopt;
  options.checkpoint = parser.required("checkpoint");
  options.input = parser.required("input");
  options.series = parser.get<std::string>("series");
  options.output = parser.required("output");
  options.method = parser.get<std::string>("method");
  options.k = parser.get<std::string>("k");
  options.overlap = parser.get<double>("overlap");
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
  options.trace = optional_path(parser, "trace");
  options.report = optional_path(parser, "report");
  read_device_options(parser, options);
  options.threads = parser.get<int64_t>("threads");
  options.quiet = parser.has("quiet");
  require_k(options.k);
  if (!(options.overlap >= 0 && options.overlap < 1))
    parser.usage_error("--overlap must lie in [0,1)");
  return options;
}

std::optional<MetricsOptions> parse_metrics_options(const std::vector<std::string>& arguments) {
  VerbParser parser({"metrics", "metrics --prediction FILE --label FILE [options]",
                     "Scores a label map against another: DSC, NSD and HD95 of every class.",
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

std::optional<ProfileOptions> parse_profile_options(const std::vector<std::string>& arguments) {
  VerbParser parser(
      {"profile", "profile [options]",
       "MACs and parameters in both conventions, patches and peak memory; with --time, measured "
       "stage times.",
       "nmsw profile --backbone unet --method nmsw --k 30 --volume 480,480,480 --format json"});
  ProfileOptions options;
  parser.options().add_options()("backbone", text("unet"), "see nmsw list backbones")(
      "method", text("sliding_window"), "see nmsw list methods")(
      "k", text("full"), "patches, or full")("volume", text("480,480,480"), "voxels of the volume")(
      "patch", text("128"), "voxels of a patch")("downsize-rate", text("3"),
                                                 "how much smaller the global input is")(
      "overlap", with_default(0.5), "overlap of neighbouring patches")(
      "classes", with_default<int64_t>(20), "classes with background")(
      "aggregation", text("class_weight"), "of nmsw: class_weight, paste or conv")(
      "set", words(), "key=value of the backbone's own configuration, may be repeated")(
      "time", "also run it and measure")("threads", with_default<int64_t>(0),
                                         "0: from the machine")("repeats", with_default<int64_t>(3),
                                                                "timed passes")(
      "warmup", with_default<int64_t>(1), "passes before them")("format", text("table"),
                                                                "json or table");
  add_device_options(parser, options.device);
  if (!parser.parse(arguments)) return std::nullopt;
  options.backbone = parser.get<std::string>("backbone");
  options.method = parser.get<std::string>("method");
  options.k = parser.get<std::string>("k");
  options.volume_xyz = parse_extent(parser.get<std::string>("volume"), "--volume");
  options.patch_xyz = parse_extent(parser.get<std::string>("patch"), "--patch");
  options.downsize_rate_xyz =
      parse_extent(parser.get<std::string>("downsize-rate"), "--downsize-rate");
  options.overlap = parser.get<double>("overlap");
  options.classes = parser.get<int64_t>("classes");
  const auto aggregation = parser.get<std::string>("aggregation");
  require_choice(aggregation, "--aggregation", {"class_weight", "paste", "conv"});
  options.aggregation = *enum_from_name<AggregationKind>(aggregation);
  options.set = parser.list<std::string>("set");
  options.timing = parser.has("time") ? Timing::on : Timing::off;
  read_device_options(parser, options);
  options.threads = parser.get<int64_t>("threads");
  options.repeats = parser.get<int64_t>("repeats");
  options.warmup = parser.get<int64_t>("warmup");
  options.format = parser.get<std::string>("format");
  require_k(options.k);
  require_choice(options.format, "--format", {"json", "table"});
  if (options.warmup < 0) parser.usage_error("--warmup must be at least 0");
  if (options.classes < 2) parser.usage_error("--classes must be at least 2, background included");
  if (options.repeats < 1) parser.usage_error("--repeats must be at least 1");
  if (!(options.overlap >= 0 && options.overlap < 1))
    parser.usage_error("--overlap must lie in [0,1)");
  return options;
}

std::optional<ImportOptions> parse_import_options(const std::vector<std::string>& arguments) {
  VerbParser parser({"import", "import --from STATE_DICT.pt --config MODEL.yaml --out CHECKPOINT",
                     "Turns weights with the reference key names into a checkpoint of ours.",
                     "nmsw import --from state_dict.pt --config model.yaml --out unet.pt"});
  parser.options().add_options()("from", po::value<std::string>(), "state dictionary")(
      "config", po::value<std::string>(), "YAML of the model")("out", po::value<std::string>(),
                                                               "checkpoint to write");
  if (!parser.parse(arguments)) return std::nullopt;
  return ImportOptions{parser.required("from"), parser.required("config"), parser.required("out")};
}

std::optional<PhantomOptions> parse_phantom_options(const std::vector<std::string>& arguments) {
  VerbParser parser(
      {"phantom", "phantom --layout word|totalsegmentator|nnunet --out DIR [options]",
       "Writes labelled CT-like volumes in a data set's real folder layout.",
       "nmsw phantom --layout word --out data/phantoms --cases 4 --seed 1 --extent 96,96,64"});
  PhantomOptions options;
  parser.options().add_options()("layout", text("word"), "word, totalsegmentator or nnunet")(
      "dataset", text(""), "data set whose classes they have; empty: the layout's own")(
      "out", po::value<std::string>(), "folder to write")(
      "cases", with_default<int64_t>(4), "number of cases")("seed", with_default<uint64_t>(1),
                                                            "root of every random number")(
      "extent", po::value<std::string>(), "voxels X,Y,Z; absent: the anatomy's own");
  if (!parser.parse(arguments)) return std::nullopt;
  options.layout = parser.get<std::string>("layout");
  options.dataset = parser.get<std::string>("dataset");
  options.out = parser.required("out");
  options.cases = parser.get<int64_t>("cases");
  options.seed = parser.get<uint64_t>("seed");
  if (parser.has("extent"))
    options.extent_xyz = parse_extent(parser.get<std::string>("extent"), "--extent");
  require_choice(options.layout, "--layout", {"word", "totalsegmentator", "nnunet"});
  if (options.cases < 1) parser.usage_error("--cases must be at least 1");
  return options;
}

std::optional<CheckOptions> parse_check_options(const std::vector<std::string>& arguments) {
  VerbParser parser({"check", "check EXPERIMENT.yaml | DATASET_ROOT [options]",
                     "Validates an experiment's configuration, or the files of a data set, and "
                     "names every fault.",
                     "nmsw check data/WORD-V0.1.0 --dataset word"});
  CheckOptions options;
  parser.options().add_options()("dataset", text(""),
                                 "descriptor that a folder is checked against; empty: guessed")(
      "set", words(), "path.to.key=value in place of the YAML's, may be repeated")(
      "cache", text(kDefaultCache), "folder in which the digests of data files are kept");
  parser.positional("target", -1);
  if (!parser.parse(arguments)) return std::nullopt;
  options.target = parser.only_word("target");
  options.cache = parser.get<std::string>("cache");
  options.dataset = parser.get<std::string>("dataset");
  options.set = parser.list<std::string>("set");
  return options;
}

std::optional<DoctorOptions> parse_doctor_options(const std::vector<std::string>& arguments) {
  VerbParser parser({"doctor", "doctor [options]",
                     "Shows the machine, versions, devices, threads, BLAS and write access, and "
                     "runs one forward pass.",
                     "nmsw doctor"});
  DoctorOptions options;
  parser.options().add_options()("db", text(kDefaultDatabase), "database whose folder is tried");
  add_device_options(parser, options.device);
  if (!parser.parse(arguments)) return std::nullopt;
  read_device_options(parser, options);
  options.database = parser.get<std::string>("db");
  return options;
}

std::optional<BenchOptions> parse_bench_options(const std::vector<std::string>& arguments) {
  VerbParser parser({"bench", "bench [options]",
                     "Times inference by the project's kernels and by LibTorch alone, in turn, for "
                     "networks of the paper's size.",
                     "nmsw bench --backbone unet --volume 0"});
  BenchOptions options;
  parser.options().add_options()("backbone", words(), "only this one, may be repeated")(
      "patch", with_default<int64_t>(options.patch), "side of a patch in voxels")(
      "volume", numbers(256), "side of the methods' volume, may be repeated; 0: none")(
      "classes", numbers(20), "classes with background, may be repeated")(
      "repeats", with_default<int64_t>(options.repeats), "timed rounds")(
      "settle", with_default<double>(options.settle_s),
      "seconds for which a patch's passes are repeated, before they are timed and then")(
      "threads", with_default<int64_t>(0), "0: the machine's")(
      "library-limit", with_default<double>(options.library_limit_s),
      "seconds above which a method's row has no side of LibTorch")(
      "predict", "also time nmsw predict on a scan of 512 x 512 x 160")(
      "out", text(options.output.c_str()), "table as CSV");
  add_device_options(
      parser, options.device,
      "auto, cpu, cuda or cuda:N; on CUDA each patch in each precision, and nothing else");
  if (!parser.parse(arguments)) return std::nullopt;
  options.predict = parser.has("predict");
  read_device_options(parser, options);
  options.backbones = parser.list<std::string>("backbone");
  if (options.backbones.empty()) options.backbones = {"unet", "mednext", "swin_unetr"};
  options.patch = parser.get<int64_t>("patch");
  options.volumes = parser.get<std::vector<int64_t>>("volume");
  options.classes = parser.get<std::vector<int64_t>>("classes");
  options.repeats = parser.get<int64_t>("repeats");
  options.settle_s = parser.get<double>("settle");
  options.threads = parser.get<int64_t>("threads");
  options.library_limit_s = parser.get<double>("library-limit");
  options.output = parser.get<std::string>("out");
  const auto least = [](const std::vector<int64_t>& all) {
    return *std::min_element(all.begin(), all.end());
  };
  if (options.patch < 1 || least(options.volumes) < 0 || least(options.classes) < 2 ||
      options.repeats < 1 || !(options.settle_s >= 0) || !std::isfinite(options.settle_s)) {
    parser.usage_error(
        "--patch and --repeats must be at least 1, --volume and --settle 0, --classes 2");
  }
  return options;
}

}  // namespace nmsw::runners
