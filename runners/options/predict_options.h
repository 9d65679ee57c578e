#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "nmsw/config/device_arithmetic.h"
#include "nmsw/config/evaluation_config.h"
#include "nmsw/config/model_config.h"
#include "nmsw/config/precision.h"
#include "runners/options/option_values.h"

namespace nmsw::runners {

struct PredictOptions {
  /// Several are an ensemble, whose probabilities are averaged.
  std::vector<std::filesystem::path> checkpoints;
  std::vector<std::filesystem::path> inputs;
  /// SeriesInstanceUID, where an input is a folder of several DICOM series.
  std::string series;
  /// A label map; a folder where there are many scans.
  std::filesystem::path output;
  /// Set by the verb (datasets/scan_list.h); the other outputs are folders then, too.
  bool is_many = false;
  bool skips_done = false;
  ListPart part{};
  std::string method = "nmsw";
  /// A number, "full", or, with order coverage or scores, "auto".
  std::string k = "full";
  double overlap = 0.5;
  /// What nmsw ranks its patches by; see `ranking_for`.
  OrderSettings ranking{};
  bool order_is_given = false;
  Precision precision = Precision::fp32;
  std::optional<int64_t> memory_limit_bytes;
  std::optional<double> time_budget_s;
  std::optional<std::filesystem::path> trace;
  std::optional<std::filesystem::path> report;
  /// Colour tables beside the label map.
  bool label_tables = false;
  std::optional<std::filesystem::path> volumes;
  std::optional<std::filesystem::path> roi;
  std::optional<std::filesystem::path> preview;
  std::optional<std::filesystem::path> page;
  std::string device = "auto";
  DeviceArithmetic arithmetic;
  int64_t threads = 0;
  bool quiet = false;
};

/// The order for a network of that model: the given one, else coverage. Where the model always
/// multiplies a patch by its learned probability, that is part of its prediction, which the scores'
/// own order alone has: then they are what it is ranked by.
OrderSettings ranking_for(const PredictOptions& options, const ModelConfig& model);

/// The words after the verb. Nothing when its help was asked for and printed. Throws ConfigError
/// for a wrong usage.
std::optional<PredictOptions> parse_predict_options(const std::vector<std::string>& arguments);

}  // namespace nmsw::runners
