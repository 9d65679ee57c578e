#include <malloc.h>
#include <sys/prctl.h>

#include <ATen/Parallel.h>

#include <fstream>
#include <functional>
#include <iostream>
#include <optional>

#include "nmsw/base/atomic_file.h"
#include "nmsw/kernels/fma_peak.h"
#include "nmsw/profiling/stopwatch.h"
#include "nmsw/tensor/own_kernels.h"
#include "runners/command_line.h"
#include "runners/tasks/networks.h"
#include "runners/tasks/profile_run.h"
#include "runners/tensor_commands/tensor_commands.h"

namespace nmsw::runners {
namespace {

constexpr double kGiga = 1e9;
/// Long enough for a core to reach its speed under load.
constexpr int64_t kPeakRounds = 30'000'000;

/// Whether the system gives large pages to programs that do not ask for them; then LibTorch has them
/// too.
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

/// Does the work once after `warmup` rounds of it and returns the seconds.
using Timed = std::function<double(int64_t warmup)>;

double seconds_of(const Side& side, const Timed& timed) {
  set_pages(side.pages);
  std::optional<LibraryOnly> guard;
  if (side.library_only) guard.emplace();
  const Bf16Inference bf16(side.bf16);
  return timed(side.pages == Pages::given_back ? 0 : 1);  // pages that are kept must be got first
}

/// Medians in seconds; 0 where a side was not measured.
struct Row {
  std::string what;
  double gmac = 0;
  double own_s = 0, bf16_s = 0, library_s = 0, kept_s = 0;
};

/// All sides in turn, so that a slow minute of the machine meets each of them.
Row interleaved(const std::string& what, double gmac, int64_t repeats, bool with_library,
                const Timed& timed) {
  std::vector<Side> sides{kOwn, kOwnBf16};
  if (with_library) sides.insert(sides.end(), {kLibrary, kLibraryKept});
  std::vector<std::vector<double>> seconds(sides.size());
  for (int64_t round = 0; round < repeats; ++round) {
    for (size_t i = 0; i < sides.size(); ++i) seconds[i].push_back(seconds_of(sides[i], timed));
  }
  set_pages(Pages::kept_large);
  const auto median = [&](size_t i) {
    return i < seconds.size() ? summarise(seconds[i]).median_s : 0.0;
  };
  return {what, gmac, median(0), median(1), median(2), median(3)};
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
      "own_gmac_per_s,share_of_peak\n";
  const auto ratio = [](double a, double b) { return a > 0 ? fmt::format("{:.2f}", a / b) : ""; };
  const auto seconds = [](double s) { return s > 0 ? fmt::format("{:.4f}", s) : ""; };
  for (const Row& row : rows) {
    const double rate = row.gmac / row.own_s;
    text += fmt::format("{},{:.2f},{},{},{},{},{},{},{},{:.1f},{:.2f}\n", row.what, row.gmac,
                        seconds(row.own_s), seconds(row.bf16_s), seconds(row.library_s),
                        seconds(row.kept_s), ratio(row.library_s, row.own_s),
                        ratio(row.kept_s, row.own_s), ratio(row.own_s, row.bf16_s), rate,
                        rate / peak);
  }
  return text;
}

void print_table(const std::vector<Row>& rows) {
  std::cout << fmt::format("{:<36}{:>9}{:>9}{:>9}{:>11}{:>9}{:>7}{:>8}{:>8}\n", "", "GMAC", "own s",
                           "bf16 s", "library s", "kept s", "x", "x kept", "x bf16");
  for (const Row& row : rows) {
    std::cout << fmt::format("{:<36}{:>9.2f}{:>9.3f}{:>9.3f}", row.what, row.gmac, row.own_s,
                             row.bf16_s);
    if (row.library_s > 0) {
      std::cout << fmt::format("{:>11.3f}{:>9.3f}{:>7.1f}{:>8.1f}", row.library_s, row.kept_s,
                               row.library_s / row.own_s, row.kept_s / row.own_s);
    } else {
      std::cout << fmt::format("{:>35}", "");
    }
    std::cout << fmt::format("{:>8.2f}", row.own_s / row.bf16_s) << std::endl;
  }
}

Row patch_row(const std::string& backbone, const BenchOptions& options) {
  const BackboneCostModel model = cost_model(backbone, "{}");
  torch::manual_seed(0);
  const BackbonePtr network = build_backbone(backbone, "{}", options.classes);
  network->eval();
  const Tensor patch = torch::rand({1, 1, options.patch, options.patch, options.patch});
  const Int3 extent{options.patch, options.patch, options.patch};
  return interleaved(fmt::format("{} patch {}", backbone, options.patch),
                     model.cost(1, options.classes, extent).macs / kGiga, options.repeats, true,
                     [&](int64_t warmup) {
                       const auto forward = [&] { network->forward(patch); };
                       return measure(forward, warmup, 1, torch::kCPU).median_s;
                     });
}

/// One method on a volume of noise; LibTorch's side only where a patch's time says that it ends soon.
Row method_row(const std::string& backbone, const std::string& method, const std::string& k,
               const Row& patch, const BenchOptions& options) {
  ProfileSpec spec;
  spec.method = method;
  if (!k.empty()) spec.k = {k};
  spec.networks = {backbone, cost_model(backbone, "{}").config_json, "unet",
                   cost_model("unet", "{}").config_json};
  spec.volume_xyz = {options.volume, options.volume, options.volume};
  spec.patch_xyz = {options.patch, options.patch, options.patch};
  spec.downsize_rate_xyz = {3, 3, 3};
  spec.overlap = 0.5;
  spec.num_classes = options.classes;
  spec.repeats = 0;
  const double gmac = profile_method(spec, torch::kCPU).front().prediction.cost.macs / kGiga;
  spec.repeats = 1;
  const bool with_library = patch.library_s / patch.gmac * gmac < options.library_limit_s;
  return interleaved(
      fmt::format("{} {}{} {}", backbone, method, k.empty() ? "" : " k=" + k, options.volume), gmac,
      1, with_library,
      [&](int64_t warmup) {
        spec.warmup = warmup;
        return profile_method(spec, torch::kCPU).front().stages.at("total").median_s;
      });
}

}  // namespace

int bench_verb(const Words& arguments) {
  const auto options = parse_bench_options(arguments);
  if (!options) return 0;
  const int threads = set_threads(options->threads);
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
    add(patch_row(backbone, *options));
    if (options->volume == 0) continue;
    const Row patch = rows.back();
    add(method_row(backbone, "sliding_window", "", patch, *options));
    for (const char* k : {"5", "30"}) add(method_row(backbone, "nmsw", k, patch, *options));
  }
  print_table(rows);
  write_text_atomically(options->output, csv_of(rows, peak));
  std::cout << "written to " << options->output.string() << '\n';
  return 0;
}

}  // namespace nmsw::runners
