#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "nmsw/base/volume.h"
#include "nmsw/config/device_arithmetic.h"
#include "nmsw/config/precision.h"
#include "runners/planning/forecast/profile_forms.h"
#include "runners/planning/plan/plan.h"

namespace nmsw::runners {

// One struct and one parser a verb that both programs know: the light program prints their help,
// `nmsw-tensor` runs them. Every parser takes the words after the verb, returns nothing when it has
// printed the verb's help, and throws ConfigError for a wrong usage.

constexpr const char* kDefaultDatabase = "results/db/nmsw.sqlite";
constexpr const char* kDefaultCache = "results/cache";

struct RunOptions {
  std::filesystem::path experiment;
  std::filesystem::path database = kDefaultDatabase;
  std::filesystem::path runs = "results/runs";
  std::filesystem::path cache = kDefaultCache;
  int64_t workers = 1;
  /// 0: from the machine.
  int64_t threads = 0;
  /// auto, cpu, cuda or cuda:N.
  std::string device = "auto";
  DeviceArithmetic arithmetic;
  std::vector<std::string> set;
  OnlyFilter only;
  bool fail_fast = false;
  bool quiet = false;
};
std::optional<RunOptions> parse_run_options(const std::vector<std::string>& arguments);
/// The same from main's arguments; argv[1] is the verb.
std::optional<RunOptions> parse_run_options(int argc, char** argv);

struct PredictOptions {
  std::filesystem::path checkpoint;
  std::filesystem::path input;
  /// SeriesInstanceUID, where the input is a folder of several DICOM series.
  std::string series;
  std::filesystem::path output;
  std::string method = "nmsw";
  /// A number or "full".
  std::string k = "full";
  double overlap = 0.5;
  Precision precision = Precision::fp32;
  std::optional<int64_t> memory_limit_bytes;
  std::optional<double> time_budget_s;
  std::optional<std::filesystem::path> trace;
  std::optional<std::filesystem::path> report;
  std::string device = "auto";
  DeviceArithmetic arithmetic;
  int64_t threads = 0;
  bool quiet = false;
};
std::optional<PredictOptions> parse_predict_options(const std::vector<std::string>& arguments);

struct MetricsOptions {
  std::filesystem::path prediction;
  std::filesystem::path label;
  /// One of the two at most; 2 mm where neither is given.
  std::optional<double> tolerance_mm;
  std::optional<double> tolerance_voxels;
  /// Name or file of a data set's descriptor.
  std::optional<std::string> classes;
  /// json, table or csv.
  std::string format = "table";
};
std::optional<MetricsOptions> parse_metrics_options(const std::vector<std::string>& arguments);

enum class Timing { off, on };

struct ProfileOptions : ProfileQuery {
  Timing timing = Timing::off;
  std::string device = "auto";
  DeviceArithmetic arithmetic;
  int64_t threads = 0;
  int64_t repeats = 3;
  /// Passes that are not timed before those that are.
  int64_t warmup = 1;
  /// json or table.
  std::string format = "table";
};
std::optional<ProfileOptions> parse_profile_options(const std::vector<std::string>& arguments);

struct ImportOptions {
  std::filesystem::path from;
  std::filesystem::path config;
  std::filesystem::path out;
};
std::optional<ImportOptions> parse_import_options(const std::vector<std::string>& arguments);

struct PhantomOptions {
  std::string layout = "word";
  /// Descriptor whose classes the phantoms have; empty: the layout's own.
  std::string dataset;
  std::filesystem::path out;
  int64_t cases = 4;
  uint64_t seed = 1;
  std::optional<Int3> extent_xyz;
};
std::optional<PhantomOptions> parse_phantom_options(const std::vector<std::string>& arguments);

struct CheckOptions {
  /// An experiment (.yaml) or the folder of a data set.
  std::filesystem::path target;
  /// Descriptor that the folder is checked against; empty: guessed from the layout.
  std::string dataset;
  std::vector<std::string> set;
  std::filesystem::path cache = kDefaultCache;
};
std::optional<CheckOptions> parse_check_options(const std::vector<std::string>& arguments);

struct DoctorOptions {
  std::string device = "auto";
  DeviceArithmetic arithmetic;
  std::filesystem::path database = kDefaultDatabase;
};
std::optional<DoctorOptions> parse_doctor_options(const std::vector<std::string>& arguments);

struct BenchOptions {
  std::vector<std::string> backbones;
  int64_t patch = 128;
  /// Sides of the volumes of the methods' rows; 0: none.
  std::vector<int64_t> volumes;
  std::vector<int64_t> classes;
  int64_t repeats = 3;
  /// A patch's passes are repeated for so long, and before they are timed for as long: how fast a
  /// machine is shows when it has worked for a while, whatever came before.
  double settle_s = 5;
  int64_t threads = 0;
  /// LibTorch's side of a row is left out where it would take longer.
  double library_limit_s = 120;
  /// Rows of whole predictions, from file to file.
  bool predict = false;
  /// auto, cpu, cuda or cuda:N. A CUDA device has a table of its own, of patches alone.
  std::string device = "cpu";
  DeviceArithmetic arithmetic;
  std::filesystem::path output = "results/bench.csv";
};
std::optional<BenchOptions> parse_bench_options(const std::vector<std::string>& arguments);

/// "480,480,480" as three positive numbers, "64" as three times 64. `what` is the option's name.
Int3 parse_extent(const std::string& text, const std::string& what);
/// "4GiB", "500MB", "1024" in bytes.
int64_t parse_bytes(const std::string& text, const std::string& what);
/// "5s", "500ms", "2min", "5" in seconds.
double parse_seconds(const std::string& text, const std::string& what);

/// `key=value` words of --only. Throws ConfigError for a word without '=' and an unknown key.
OnlyFilter parse_only(const std::vector<std::string>& filters);

/// auto, cpu, cuda or cuda:N; ConfigError otherwise.
void require_device(const std::string& device);

/// A name that is one of several. Throws ConfigError listing them.
void require_choice(const std::string& value, const std::string& what,
                    const std::vector<std::string>& choices);

}  // namespace nmsw::runners
