#include <malloc.h>
#include <sys/prctl.h>

#include <ATen/Parallel.h>
#include <c10/core/DeviceGuard.h>

#include <fstream>
#include <functional>
#include <iostream>
#include <optional>

#include "nmsw/backbones/mixed_precision.h"
#include "nmsw/base/atomic_file.h"
#include "nmsw/kernels/simd/fma_peak.h"
#include "nmsw/ops/kernel_choice.h"
#include "nmsw/profiling/peak_memory.h"
#include "nmsw/profiling/stopwatch.h"
#include "nmsw/tensor/device_arithmetic.h"
#include "nmsw/tensor/tensor_memory.h"
#include "runners/options/bench_options.h"
#include "runners/tasks/networks.h"
#include "runners/tasks/profile_run.h"
#include "runners/tensor_commands/bench_device.h"
#include "runners/tensor_commands/bench_predict.h"
#include "runners/tensor_commands/tensor_commands.h"

namespace nmsw::runners {
namespace {

constexpr double kGiga = 1e9;
/// Long enough for a core to reach its speed under load.
constexpr int64_t kPeakRounds = 30'000'000;

/// Whether the system gives large pages to programs that do not ask for them; then LibTorch has
/// them too.
bool system_gives_large_pages() {
  std::ifstream setting("/sys/kernel/mm/transparent_hugepage/enabled");
  const std::string text{std::istreambuf_iterator<char>(setting), {}};
  return text.find("[always]") != std::string::npos;
}

/// What a freed block does: go back to the system, as by default, or stay for the next one; and
/// whether pages may be large ones, which this program asks for and LibTorch does not, where the
/// system leaves it to the program.
enum class Pages { given_back, kept, kept_large };

void set_pages(Pages pages) {
  constexpr int kMost = 65536, kLargestFromHeap = 32 << 20;  // where glibc's own adjustment ends
  const bool kept = pages != Pages::given_back;
  const bool small = pages != Pages::kept_large && !system_gives_large_pages();
  prctl(PR_SET_THP_DISABLE, small ? 1 : 0, 0, 0, 0);
  mallopt(M_MMAP_THRESHOLD, kLargestFromHeap);
  mallopt(M_MMAP_MAX, kept ? 0 : kMost);
  mallopt(M_TRIM_THRESHOLD, kept ? -1 : 2 * kLargestFromHeap);
  malloc_trim(0);
}

/// One way to do the same work.
struct Side {
  bool library_only;
  Pages pages;
  bool bf16;
};
constexpr Side kOwn{false, Pages::kept_large, false};
constexpr Side kOwnBf16{false, Pages::kept_large, true};
constexpr Side kLibrary{true, Pages::given_back, false};
constexpr Side kLibraryKept{true, Pages::kept, false};

/// Does the work, before it is timed too if `warm`, and returns the seconds.
using Timed = std::function<double(bool warm)>;

/// Seconds of each pass, of as many as take `least_s` together.
std::vector<double> passes_for(double least_s, const std::function<void()>& pass) {
  std::vector<double> seconds;
  double total = 0;
  do {
    seconds.push_back(measure(pass, 0, 1, torch::kCPU).median_s);
    total += seconds.back();
  } while (total < least_s);
  return seconds;
}

double seconds_of(const Side& side, const Timed& timed) {
  set_pages(side.pages);
  std::optional<LibraryOnly> library;
  std::optional<HeapMemory> heap;
  if (side.library_only) {
    library.emplace();
    heap.emplace();
  }
  const Bf16Inference bf16(side.bf16);
  return timed(side.pages != Pages::given_back);  // pages that are kept must be got first
}

/// Medians in seconds; 0 where a side was not measured.
struct Row {
  std::string what;
  double gmac = 0;
  double own_s = 0, bf16_s = 0, library_s = 0, kept_s = 0;
  /// Resident at most on the own side in float32, the program included.
  int64_t peak_bytes = 0;
  /// Of a whole prediction, what the networks' passes did not take; below 0: no such row.
  double rest_s = -1;
  /// Share of voxels whose label bfloat16 changes; below 0: not counted.
  double changed = -1;
};

/// All sides in turn, so that a slow minute of the machine meets each of them.
Row interleaved(const std::string& what, double gmac, int64_t repeats, bool with_library,
                const Timed& timed) {
  std::vector<Side> sides{kOwn, kOwnBf16};
  if (with_library) sides.insert(sides.end(), {kLibrary, kLibraryKept});
  std::vector<std::vector<double>> seconds(sides.size());
  int64_t peak = 0;
  for (int64_t round = 0; round < repeats; ++round) {
    for (size_t i = 0; i < sides.size(); ++i) {
      release_free_memory();
      reset_peak_host_bytes();
      seconds[i].push_back(seconds_of(sides[i], timed));
      if (i == 0) peak = std::max(peak, peak_host_bytes());
    }
  }
  set_pages(Pages::kept_large);
  const auto median = [&](size_t i) {
    return i < seconds.size() ? summarise(seconds[i]).median_s : 0.0;
  };
  Row row{what, gmac, median(0), median(1), median(2), median(3)};
  row.peak_bytes = peak;
  return row;
}

/// 10^9 multiply-adds a second of all threads together.
double measured_peak() {
  const auto threads = static_cast<double>(at::get_num_threads());
  std::vector<float> sink(static_cast<size_t>(at::get_num_threads()));
  const auto spin = [&] {
    at::parallel_for(0, at::get_num_threads(), 1, [&](int64_t begin, int64_t end) {
      for (int64_t i = begin; i < end; ++i) sink[static_cast<size_t>(i)] = spin_fma(kPeakRounds);
    });
  };
  const double macs = static_cast<double>(kPeakRounds * kPeakMacs) * threads;
  return macs / measure(spin, 1, 3, torch::kCPU).median_s / kGiga;
}

std::string csv_of(const std::vector<Row>& rows, double peak) {
  std::string text =
      "what,gmac,own_s,own_bf16_s,library_s,library_kept_s,speedup,speedup_kept,speedup_bf16,"
      "own_gmac_per_s,share_of_peak,peak_bytes,bf16_labels_changed,rest_s\n";
  const auto ratio = [](double a, double b) { return a > 0 ? fmt::format("{:.2f}", a / b) : ""; };
  const auto seconds = [](double s) { return s > 0 ? fmt::format("{:.4f}", s) : ""; };
  for (const Row& row : rows) {
    const double rate = row.gmac / row.own_s;
    text += fmt::format(
        "{},{:.2f},{},{},{},{},{},{},{},{:.1f},{:.2f},{},{},{}\n", row.what, row.gmac,
        seconds(row.own_s), seconds(row.bf16_s), seconds(row.library_s), seconds(row.kept_s),
        ratio(row.library_s, row.own_s), ratio(row.kept_s, row.own_s), ratio(row.own_s, row.bf16_s),
        rate, rate / peak, row.peak_bytes,
        row.changed < 0 ? "" : fmt::format("{:.6f}", row.changed), seconds(row.rest_s));
  }
  return text;
}

/// A number under its column's head, or nothing.
std::string cell(double value, int width, int digits, bool there = true) {
  return there ? fmt::format("{:>{}.{}f}", value, width, digits)
               : std::string(static_cast<size_t>(width), ' ');
}

void print_table(const std::vector<Row>& rows) {
  std::cout << fmt::format("{:<46}{:>9}{:>9}{:>9}{:>11}{:>9}{:>7}{:>8}{:>8}{:>9}{:>8}{:>10}\n", "",
                           "GMAC", "own s", "bf16 s", "library s", "kept s", "x", "x kept",
                           "x bf16", "changed", "rest s", "peak GB");
  for (const Row& row : rows) {
    const bool library = row.library_s > 0;
    std::cout << fmt::format("{:<46}", row.what) << cell(row.gmac, 9, 2) << cell(row.own_s, 9, 3)
              << cell(row.bf16_s, 9, 3) << cell(row.library_s, 11, 3, library)
              << cell(row.kept_s, 9, 3, library) << cell(row.library_s / row.own_s, 7, 1, library)
              << cell(row.kept_s / row.own_s, 8, 1, library) << cell(row.own_s / row.bf16_s, 8, 2)
              << (row.changed < 0 ? cell(0, 9, 0, false)
                                  : fmt::format("{:>8.2f}%", 100 * row.changed))
              << cell(row.rest_s, 8, 2, row.rest_s >= 0)
              << cell(static_cast<double>(row.peak_bytes) / kGiga, 10, 2) << std::endl;
  }
}

Row patch_row(const std::string& backbone, int64_t classes, const BenchOptions& options) {
  const BackboneCostModel model = cost_model(backbone, "{}");
  torch::manual_seed(0);
  const BackbonePtr network = build_backbone(backbone, "{}", classes);
  network->eval();
  const Tensor patch = torch::rand({1, 1, options.patch, options.patch, options.patch});
  const Int3 extent{options.patch, options.patch, options.patch};
  Row row = interleaved(
      fmt::format("{} patch {} classes {}", backbone, options.patch, classes),
      model.cost(1, classes, extent).macs / kGiga, options.repeats, true, [&](bool warm) {
        // As inference asks for them: a few planes at a time of a network that
        // has them so. LibTorch's come at once.
        const auto pass = [&] { network->lazy_logits(patch).in_steps([](const Tensor&) {}); };
        if (warm) passes_for(options.settle_s, pass);
        return summarise(passes_for(options.settle_s, pass)).median_s;
      });
  row.changed = labels_changed(Precision::bf16, *network, patch);
  return row;
}

/// One method on a volume of noise; LibTorch's side only where a patch's time says that it ends
/// soon.
Row method_row(const std::string& backbone, const std::string& method, const std::string& k,
               int64_t volume, int64_t classes, const Row& patch, const BenchOptions& options) {
  ProfileSpec spec;
  spec.method = method;
  if (!k.empty()) spec.k = {k};
  spec.networks = {backbone, cost_model(backbone, "{}").config_json, "unet",
                   cost_model("unet", "{}").config_json};
  spec.volume_xyz = {volume, volume, volume};
  spec.patch_xyz = {options.patch, options.patch, options.patch};
  spec.downsize_rate_xyz = {3, 3, 3};
  spec.overlap = 0.5;
  spec.num_classes = classes;
  spec.repeats = 0;
  const double gmac = profile_method(spec, torch::kCPU).front().prediction.cost.macs / kGiga;
  spec.repeats = 1;
  const bool with_library = patch.library_s / patch.gmac * gmac < options.library_limit_s;
  return interleaved(fmt::format("{} {}{} {} classes {}", backbone, method,
                                 k.empty() ? "" : " k=" + k, volume, classes),
                     gmac, 1, with_library, [&](bool warm) {
                       spec.warmup = warm ? 1 : 0;
                       return profile_method(spec, torch::kCPU).front().stages.at("total").median_s;
                     });
}

/// From file to file. Its multiply-adds are not counted: the volume is the data set's grid.
Row predict_row(const std::string& backbone, const PredictBench& bench, const std::string& method,
                const std::string& k) {
  double rest = 0;
  Row row =
      interleaved(fmt::format("{} predict {}{}", backbone, method, k.empty() ? "" : " k=" + k), 0,
                  1, false, [&](bool) {
                    const PredictBench::Times times = bench.run(method, k);
                    if (rest == 0) rest = times.rest_s;  // float32 comes first
                    return times.total_s;
                  });
  row.rest_s = rest;
  return row;
}

}  // namespace

int bench_verb(const Words& arguments) {
  const auto options = parse_bench_options(arguments);
  if (!options) return 0;
  const int threads = set_threads(options->threads);
  const torch::Device device = resolve_device(options->device);
  const c10::DeviceGuard guard(device);
  use_arithmetic(options->arithmetic, device);
  if (!device.is_cpu()) {
    bench_device(*options, device);
    return 0;
  }
  const c10::InferenceMode inference;
  const double peak = measured_peak();
  std::cout << fmt::format("{} threads, {:.0f} GMAC/s at most (float32, in registers)\n", threads,
                           peak);
  std::vector<Row> rows;
  const auto add = [&](Row row) {
    rows.push_back(std::move(row));
    std::cerr << fmt::format("{}: {:.3f} s\n", rows.back().what, rows.back().own_s);
  };
  for (const std::string& backbone : options->backbones) {
    for (const int64_t classes : options->classes) {
      add(patch_row(backbone, classes, *options));
      const Row patch = rows.back();
      for (const int64_t volume : options->volumes) {
        if (volume == 0) continue;
        add(method_row(backbone, "sliding_window", "", volume, classes, patch, *options));
        for (const char* k : {"5", "30"}) {
          add(method_row(backbone, "nmsw", k, volume, classes, patch, *options));
        }
      }
    }
    if (!options->predict) continue;
    const PredictBench predict(backbone);
    add(predict_row(backbone, predict, "sliding_window", ""));
    add(predict_row(backbone, predict, "nmsw", "30"));
  }
  print_table(rows);
  write_text_atomically(options->output, csv_of(rows, peak));
  std::cout << "written to " << options->output.string() << '\n';
  return 0;
}

}  // namespace nmsw::runners
