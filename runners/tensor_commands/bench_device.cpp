#include "runners/tensor_commands/bench_device.h"

#include <algorithm>
#include <chrono>
#include <functional>
#include <iostream>

#include "nmsw/backbones/mixed_precision.h"
#include "nmsw/base/atomic_file.h"
#include "nmsw/ops/kernel_choice.h"
#include "nmsw/profiling/device_peak.h"
#include "nmsw/profiling/stopwatch.h"
#include "nmsw/tensor/autocast.h"
#include "nmsw/tensor/device_arithmetic.h"
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
  /// Of the device, weights included.
  int64_t peak_bytes = 0;
};

void time_pass(const Way& way, const torch::Device& device, WayTimes& times) {
  using Clock = std::chrono::steady_clock;
  const auto since = [](Clock::time_point start) {
    return std::chrono::duration<double>(Clock::now() - start).count();
  };
  const DevicePeak peak(device, true);
  synchronise(device);
  const auto start = Clock::now();
  const Tensor logits = way.logits();
  times.queued_s.push_back(since(start));
  synchronise(device);
  times.pass_s.push_back(since(start));
  times.peak_bytes = std::max(times.peak_bytes, peak.bytes());
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

struct DeviceRow {
  std::string what, way;
  double gmac = 0, patch_s = 0;
  /// Against LibTorch in float32.
  double speedup = 0;
  double queued_share = 0;
  /// Share of voxels whose label differs from LibTorch's in float32.
  double changed = 0;
  int64_t peak_bytes = 0;
};

std::vector<DeviceRow> patch_rows(const std::string& backbone, int64_t classes,
                                  const BenchOptions& options, const torch::Device& device) {
  const int64_t batch = patch_batch(device), side = options.patch;
  torch::manual_seed(0);
  const BackbonePtr network = build_backbone(backbone, "{}", classes);
  network->to(device);
  network->eval();
  const Tensor image = torch::rand({batch, 1, side, side, side}).to(device);
  const std::vector<Way> ways = ways_of(*network, image);
  const Tensor labels = ways.front().logits().argmax(1);
  const double gmac = cost_model(backbone, "{}").cost(1, classes, {side, side, side}).macs / 1e9;
  std::vector<DeviceRow> rows;
  for (const Way& way : ways) {
    const Tensor differs = way.logits().argmax(1).ne(labels).to(torch::kDouble);
    for (int64_t i = 1; i < kWarmup; ++i) way.logits();
    DeviceRow row{fmt::format("{} patch {} classes {}", backbone, side, classes), way.name, gmac};
    row.changed = differs.mean().item<double>();
    rows.push_back(std::move(row));
  }
  std::vector<WayTimes> times(ways.size());
  for (int64_t round = 0; round < options.repeats; ++round) {
    for (size_t i = 0; i < ways.size(); ++i) time_pass(ways[i], device, times[i]);
  }
  const double library_s = summarise(times.front().pass_s).median_s;
  for (size_t i = 0; i < ways.size(); ++i) {
    const double pass_s = summarise(times[i].pass_s).median_s;
    rows[i].patch_s = pass_s / static_cast<double>(batch);
    rows[i].speedup = library_s / pass_s;
    rows[i].queued_share = summarise(times[i].queued_s).median_s / pass_s;
    rows[i].peak_bytes = times[i].peak_bytes;
  }
  return rows;
}

void print_table(const std::vector<DeviceRow>& rows) {
  std::cout << fmt::format("{:<40}{:<14}{:>9}{:>12}{:>7}{:>8}{:>9}{:>9}\n", "", "", "GMAC",
                           "ms a patch", "x", "queued", "changed", "peak GB");
  for (const DeviceRow& row : rows) {
    std::cout << fmt::format("{:<40}{:<14}{:>9.2f}{:>12.3f}{:>7.2f}{:>8.2f}{:>8.2f}%{:>9.2f}\n",
                             row.what, row.way, row.gmac, 1e3 * row.patch_s, row.speedup,
                             row.queued_share, 100 * row.changed,
                             static_cast<double>(row.peak_bytes) / 1e9);
  }
}

std::string csv_of(const std::vector<DeviceRow>& rows) {
  std::string text = "what,way,gmac,patch_s,speedup,queued_share,labels_changed,peak_bytes\n";
  for (const DeviceRow& row : rows) {
    text +=
        fmt::format("{},{},{:.2f},{:.7f},{:.3f},{:.3f},{:.6f},{}\n", row.what, row.way, row.gmac,
                    row.patch_s, row.speedup, row.queued_share, row.changed, row.peak_bytes);
  }
  return text;
}

}  // namespace

void bench_device(const BenchOptions& options, const torch::Device& device) {
  const c10::InferenceMode inference;
  const ConvolutionTuning tuning(true);  // one shape, repeated
  std::cout << fmt::format("{}, {} patches a pass, {}\n", hardware_name(device),
                           patch_batch(device), arithmetic_text(options.arithmetic));
  std::vector<DeviceRow> rows;
  for (const std::string& backbone : options.backbones) {
    for (const int64_t classes : options.classes) {
      for (DeviceRow& row : patch_rows(backbone, classes, options, device)) {
        rows.push_back(std::move(row));
      }
    }
  }
  print_table(rows);
  write_text_atomically(options.output, csv_of(rows));
  std::cout << "written to " << options.output.string() << '\n';
}

}  // namespace nmsw::runners
