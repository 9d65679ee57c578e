#include <algorithm>
#include <future>
#include <iostream>

#include <c10/core/DeviceGuard.h>

#include "nmsw/backbones/mixed_precision.h"
#include "nmsw/base/ordered_prefetch.h"
#include "nmsw/base/plain_text.h"
#include "nmsw/config/methods.h"
#include "nmsw/kernels/simd/fma_products.h"
#include "nmsw/tensor/device_arithmetic.h"
#include "nmsw/training/progress.h"
#include "runners/tasks/task_context.h"
#include "runners/tensor_commands/predict_scan.h"
#include "runners/tensor_commands/tensor_commands.h"

namespace nmsw::runners {
namespace {

using datasets::ListedScan;

/// Bytes of scans that are read ahead.
constexpr int64_t kReadAheadBytes = int64_t{1} << 30;

void require_usable(const PredictOptions& options, const NetworkDescription& description,
                    const std::string& checkpoint) {
  if (description.scheme == TrainingScheme::global) {
    throw ConfigError(
        "{}: holds a global network alone; give the checkpoint of a local or an NMSW training",
        checkpoint);
  }
  if (description.scheme == TrainingScheme::local &&
      method_named(options.method).needs != std::vector{TrainingScheme::local}) {
    throw ConfigError(
        "{}: holds a local network alone, which --method {} cannot use; add --method "
        "sliding_window",
        checkpoint, options.method);
  }
  if (options.checkpoints.size() > 1 &&
      method_named(options.method).patches == PatchUse::one_per_class) {
    throw ConfigError(
        "--method {}: gives labels, not probabilities that could be averaged; use sliding_window, "
        "nmsw or random_foreground, or one --checkpoint",
        options.method);
  }
  if (options.time_budget_s && !method_named(options.method).takes_k()) {
    throw ConfigError(
        "--time-budget: {} ranks no patches that could be left out; use --method nmsw or "
        "random_foreground",
        options.method);
  }
}

std::string preparation_text(const DataSpec& data) {
  std::string text;
  for (const auto& config : channel_preparations(data.descriptor)) text += canonical_text(config);
  for (const datasets::ChannelRule& channel : data.descriptor.channels) text += channel.name + '\n';
  return text;
}

/// Networks whose probabilities are averaged must mean the same by a class and a voxel.
void require_same_data(const DataSpec& first, const DataSpec& other,
                       const std::vector<std::filesystem::path>& checkpoints, size_t index) {
  const auto differ = [&](const char* what) {
    throw ConfigError("{} and {}: their {} differ, so that their results cannot be averaged",
                      checkpoints.front().string(), checkpoints[index].string(), what);
  };
  if (first.descriptor.classes != other.descriptor.classes) differ("classes");
  if (preparation_text(first) != preparation_text(other))
    differ("preparations of scans (channels, spacing, intensities)");
  if (canonical_text(first.fit) != canonical_text(other.fit))
    differ("extents (patch, fixed volume)");
}

std::vector<LoadedModel> load_models(const PredictOptions& options, const torch::Device& device) {
  std::vector<LoadedModel> models;
  for (size_t i = 0; i < options.checkpoints.size(); ++i) {
    const std::filesystem::path& file = options.checkpoints[i];
    models.push_back(load_model(file, device));
    require_usable(options, models.back().description, file.string());
    require_same_data(models.front().description.data, models.back().description.data,
                      options.checkpoints, i);
  }
  return models;
}

/// Before a long computation: every scan has the channels that the networks take.
void require_channels(const std::vector<ListedScan>& scans, const DataSpec& data) {
  const int64_t wanted = channel_count(data.descriptor);
  for (const ListedScan& scan : scans) {
    const auto there = static_cast<int64_t>(scan.further.size()) + 1;
    if (there == wanted) continue;
    if (wanted == 1) {
      throw ConfigError(
          "{}: is the first of {} channels by its name, but the network takes one: give a folder "
          "of "
          "the files ending in _0000 alone; if they are cases of their own, give each its own call",
          scan.input.string(), there);
    }
    throw ConfigError(
        "{}: has {} channel{}, the network takes {}; give the files {}_0000 to {}_{:04} together",
        scan.input.string(), there, there == 1 ? "" : "s", wanted, scan.id, scan.id, wanted - 1);
  }
}

/// The device, ready for the pass.
torch::Device prepared_device(const PredictOptions& options) {
  const torch::Device device = resolve_device(options.device);
  use_arithmetic(options.arithmetic, device);
  require_inference_precision(options.precision, device);
  if (options.precision == Precision::bf16 && device.is_cpu() && !has(Instructions::bf16)) {
    std::cerr << "note: this processor has no instructions for bfloat16; fp32 is faster here and "
                 "more exact\n";
  }
  return device;
}

/// One table or picture for many scans is more likely a mistake than a folder of that name.
void require_folders(const PredictOptions& options) {
  for (const auto& [option, path] : {std::pair{"--volumes", options.volumes},
                                     {"--roi", options.roi},
                                     {"--preview", options.preview},
                                     {"--page", options.page},
                                     {"--trace", options.trace},
                                     {"--report", options.report}}) {
    for (const char* ending : {".csv", ".json", ".png", ".html"}) {
      if (path && has_ending(path->filename().string(), ending))
        throw ConfigError("{} {}: there are many scans; name a folder, which gets a file for each",
                          option, path->string());
    }
  }
}

/// The scans of this call, before a long computation: what comes of each can be stored, and
/// overwrites no image.
std::vector<ListedScan> listed_scans(const PredictOptions& options) {
  std::vector<ListedScan> scans = part_of(datasets::list_scans(options.inputs, options.output),
                                          options.part.index, options.part.count);
  if (options.skips_done) {
    const auto is_done = [](const ListedScan& scan) {
      return std::filesystem::exists(scan.output);
    };
    scans.erase(std::remove_if(scans.begin(), scans.end(), is_done), scans.end());
  }
  if (options.is_many) require_folders(options);
  for (const ListedScan& scan : scans) {
    std::error_code absent;
    if (options.is_many) std::filesystem::create_directories(scan.output.parent_path(), absent);
    std::vector<std::filesystem::path> inputs{scan.input};
    inputs.insert(inputs.end(), scan.further.begin(), scan.further.end());
    datasets::require_prediction_files(prediction_files(options, scan), inputs);
    if (!options.series.empty() && !std::filesystem::is_directory(scan.input, absent))
      throw ConfigError("--series: {} is no folder; leave --series out", scan.input.string());
  }
  return scans;
}

using ScanPrefetch = OrderedPrefetch<ReadScan>;

/// Reads the next scans while one is segmented; where memory is limited, only when it is wanted.
std::unique_ptr<ScanPrefetch> prefetch_of(const std::vector<ListedScan>& scans,
                                          const PredictOptions& options) {
  const auto bytes_of = [](const ReadScan& read) {
    int64_t bytes = 0;
    for (const ImageVolume& channel : read.channels)
      bytes += static_cast<int64_t>(channel.voxels.size() * sizeof(float));
    return bytes;
  };
  const int64_t workers = options.memory_limit_bytes && scans.size() > 1 ? 0 : 1;
  return std::make_unique<ScanPrefetch>(
      0, static_cast<int64_t>(scans.size()),
      [&scans, &options](int64_t i) { return read_scan(scans[static_cast<size_t>(i)], options); },
      bytes_of, PrefetchLimits{workers, 2, kReadAheadBytes});
}

/// One scan: its fault is the call's.
void predict_one(const Predictor& predictor, const ListedScan& scan, ScanPrefetch& read,
                 PredictClock::time_point begin) {
  write_scan(predictor, scan, segment_scan(predictor, scan, read.next(), begin), begin);
}

/// Segments scan after scan; the last one is written meanwhile. A bad scan stops no other.
class ManyScans {
 public:
  ManyScans(const Predictor& predictor, const std::vector<ListedScan>& scans, ScanPrefetch& read)
      : predictor_(predictor),
        scans_(scans),
        read_(read),
        progress_("predict", static_cast<int64_t>(scans.size()),
                  predictor.options.quiet ? ProgressStyle::silent : progress_style_of_stderr()) {}

  void run() {
    for (const ListedScan& scan : scans_) segment(scan);
    settle();
    if (faults_ > 0) {
      throw TaskError(
          "{} of {} scans could not be segmented, see above; the others are written. Correct the "
          "cause, then run the same command with --continue",
          faults_, scans_.size());
    }
  }

 private:
  void segment(const ListedScan& scan) {
    const auto begin = PredictClock::now();
    try {
      SegmentedScan segmented = segment_scan(predictor_, scan, read_.next(), begin);
      settle();
      writing_ = &scan;
      write_ = std::async(
          predictor_.options.memory_limit_bytes ? std::launch::deferred : std::launch::async,
          [this, &scan, begin, segmented = std::move(segmented)]() mutable {
            write_scan(predictor_, scan, std::move(segmented), begin);
          });
    } catch (const std::exception& fault) {
      note(scan, fault);
    }
  }

  /// Waits for the scan that is being written.
  void settle() {
    if (!write_.valid()) return;
    try {
      write_.get();
      progress_.update(++done_, writing_->id);
    } catch (const std::exception& fault) {
      note(*writing_, fault);
    }
  }

  void note(const ListedScan& scan, const std::exception& fault) {
    ++faults_;
    std::cerr << "error: " << scan.id << ": " << fault.what() << '\n';
    progress_.update(++done_, scan.id);
  }

  const Predictor& predictor_;
  const std::vector<ListedScan>& scans_;
  ScanPrefetch& read_;
  Progress progress_;
  std::future<void> write_;
  const ListedScan* writing_ = nullptr;
  int64_t done_ = 0, faults_ = 0;
};

}  // namespace

int predict_verb(const Words& arguments) {
  auto options = parse_predict_options(arguments);
  if (!options) return 0;
  options->is_many = datasets::means_many(options->inputs, options->output);
  const std::vector<ListedScan> scans = listed_scans(*options);
  if (scans.empty()) {
    if (!options->quiet) std::cerr << "note: every scan has its label map already\n";
    return 0;
  }
  set_threads(options->threads);
  const torch::Device device = prepared_device(*options);
  const c10::DeviceGuard guard(device);
  const auto begin = PredictClock::now();
  // Both take a second of one core. Where both fail, the checkpoint's error is the one that is
  // told.
  const auto read = prefetch_of(scans, *options);
  const std::vector<LoadedModel> models = load_models(*options, device);
  require_channels(scans, models.front().description.data);
  const Predictor predictor{*options, models, device};
  if (options->is_many) {
    ManyScans(predictor, scans, *read).run();
  } else {
    predict_one(predictor, scans.front(), *read, begin);
  }
  return 0;
}

}  // namespace nmsw::runners
