#include "runners/tensor_commands/bench_device.h"

#include <chrono>
#include <functional>
#include <iostream>

#include "nmsw/backbones/mixed_precision.h"
#include "nmsw/base/atomic_file.h"
#include "nmsw/profiling/stopwatch.h"
#include "nmsw/tensor/autocast.h"
#include "nmsw/tensor/own_kernels.h"
#include "runners/tasks/networks.h"
#include "runners/tasks/task_context.h"

namespace nmsw::runners {
namespace {

/// Passes before the timed ones: cuDNN chooses its algorithms and memory is got.
constexpr int64_t kWarmup = 2;

/// A way to compute logits.
struct Way {
  std::string name;
  std::function<Tensor()> logits;
};

struct WayTimes {
  std::vector<double> pass_s;
  /// Until the host had asked for everything. Near pass_s it is the host that the device waits for,
  /// and a CUDA graph would shorten the pass.
  std::vector<double> queued_s;
};

void time_pass(const Way& way, const torch::Device& device, WayTimes& times) {
  using Clock = std::chrono::steady_clock;
  const auto since = [](Clock::time_point start) {
    return std::chrono::duration<double>(Clock::now() - start).count();
  };
  synchronise(device);
  const auto start = Clock::now();
  const Tensor logits = way.logits();
  times.queued_s.push_back(since(start));
  synchronise(device);
  times.pass_s.push_back(since(start));
}

/// The network in fewer bits, by LibTorch's autocast alone and as inference does it.
void add_reduced(Precision precision, torch::ScalarType type, Backbone& network,
                 const Tensor& image, std::vector<Way>& ways) {
  ways.push_back({fmt::format("library {}", enum_name(precision)), [&network, &image, type] {
                    const LibraryOnly library;
                    const AutocastGuard guard(image.device().type(), type);
                    return network.forward(image).logits;
                  }});
  ways.push_back({enum_name(precision), [&network, &image, precision] {
                    return forward_in(precision, network, image).logits;
                  }});
}

std::vector<Way> ways_of(Backbone& network, const Tensor& image) {
  std::vector<Way> ways{{"library fp32", [&] {
                           const LibraryOnly library;
                           return network.forward(image).logits;
                         }}};
  add_reduced(Precision::fp16, torch::kHalf, network, image, ways);
  add_reduced(Precision::bf16, torch::kBFloat16, network, image, ways);
  return ways;
}

/// Lines of the table and of the CSV.
struct Report {
  std::string table = fmt::format("{:<40}{:<14}{:>9}{:>12}{:>9}{:>9}{:>10}\n", "", "", "GMAC",
                                  "ms a patch", "x", "queued", "changed");
  std::string csv = "what,way,gmac,patch_s,speedup,queued_share,labels_changed\n";
};

void report_patch(const std::string& backbone, int64_t classes, const BenchOptions& options,
                  const torch::Device& device, Report& report) {
  const int64_t batch = patch_batch(device), side = options.patch;
  torch::manual_seed(0);
  const BackbonePtr network = build_backbone(backbone, "{}", classes);
  network->to(device);
  network->eval();
  const Tensor image = torch::rand({batch, 1, side, side, side}).to(device);
  const std::vector<Way> ways = ways_of(*network, image);
  const Tensor labels = ways.front().logits().argmax(1);
  std::vector<WayTimes> times(ways.size());
  std::vector<double> changed;
  for (const Way& way : ways) {
    changed.push_back(way.logits().argmax(1).ne(labels).to(torch::kDouble).mean().item<double>());
    for (int64_t i = 1; i < kWarmup; ++i) way.logits();
  }
  for (int64_t round = 0; round < options.repeats; ++round) {
    for (size_t i = 0; i < ways.size(); ++i) time_pass(ways[i], device, times[i]);
  }
  const double gmac = cost_model(backbone, "{}").cost(1, classes, {side, side, side}).macs / 1e9;
  const std::string what = fmt::format("{} patch {} classes {}", backbone, side, classes);
  const double library_s = summarise(times.front().pass_s).median_s;
  for (size_t i = 0; i < ways.size(); ++i) {
    const double pass_s = summarise(times[i].pass_s).median_s;
    const double patch_s = pass_s / static_cast<double>(batch), speedup = library_s / pass_s;
    const double queued = summarise(times[i].queued_s).median_s / pass_s;
    report.table +=
        fmt::format("{:<40}{:<14}{:>9.2f}{:>12.3f}{:>9.2f}{:>9.2f}{:>9.3f}%\n", what, ways[i].name,
                    gmac, 1e3 * patch_s, speedup, queued, 100 * changed[i]);
    report.csv += fmt::format("{},{},{:.2f},{:.7f},{:.3f},{:.3f},{:.6f}\n", what, ways[i].name,
                              gmac, patch_s, speedup, queued, changed[i]);
  }
}

}  // namespace

void bench_device(const BenchOptions& options, const torch::Device& device) {
  const c10::InferenceMode inference;
  std::cout << fmt::format("{}, {} patches a pass\n", hardware_name(device), patch_batch(device));
  Report report;
  for (const std::string& backbone : options.backbones) {
    for (const int64_t classes : options.classes) {
      report_patch(backbone, classes, options, device, report);
    }
  }
  std::cout << report.table;
  write_text_atomically(options.output, report.csv);
  std::cout << "written to " << options.output.string() << '\n';
}

}  // namespace nmsw::runners
