#include "runners/tensor_commands/bench_predict.h"

#include <ATen/Parallel.h>
#include <unistd.h>

#include <fstream>
#include <nlohmann/json.hpp>
#include <random>

#include "datasets/image_io.h"
#include "runners/tasks/networks.h"
#include "runners/tensor_commands/imported_model.h"
#include "runners/tensor_commands/tensor_commands.h"

namespace nmsw::runners {
namespace {

ImageVolume scan_of_noise() {
  ImageVolume scan;
  scan.geometry.extent_xyz = {512, 512, 160};
  scan.geometry.spacing_xyz_mm = {0.9375, 0.9375, 3};
  scan.voxels.resize(static_cast<size_t>(scan.geometry.voxel_count()));
  std::mt19937 random(0);
  for (float& voxel : scan.voxels) voxel = static_cast<float>(random() % 256) - 128;
  return scan;
}

}  // namespace

PredictBench::PredictBench(const std::string& backbone)
    : folder_(std::filesystem::temp_directory_path() / fmt::format("nmsw-bench-{}", getpid())) {
  std::filesystem::create_directories(folder_);
  datasets::write_image(folder_ / "scan.nii.gz", scan_of_noise(), datasets::ImageStorage::int16);
  const NetworkDescription description = describe_imported(ConfigNode::parse(
      fmt::format("{{scheme: nmsw, dataset: word, backbone: {}}}", backbone), "bench"));
  const NetworkSet networks = build_networks(description, 0);
  save_model(folder_ / "model.safetensors", description, networks.trained(description.scheme));
}

PredictBench::~PredictBench() {
  std::error_code kept;
  std::filesystem::remove_all(folder_, kept);
}

PredictBench::Times PredictBench::run(const std::string& method, const std::string& k) const {
  const auto file = [this](const char* name) { return (folder_ / name).string(); };
  Words words{"--checkpoint", file("model.safetensors"),
              "--input",      file("scan.nii.gz"),
              "--output",     file("labels.nii.gz"),
              "--report",     file("report.json"),
              "--method",     method,
              "--threads",    std::to_string(at::get_num_threads()),
              "--quiet"};
  if (!k.empty()) words.insert(words.end(), {"--k", k});
  predict_verb(words);
  std::ifstream text(folder_ / "report.json");
  const nlohmann::json report = nlohmann::json::parse(text);
  const double total = report["total_s"];
  const double networks =
      report["stage_s"].value("global", 0.0) + report["stage_s"].value("local", 0.0);
  return {total, total - networks};
}

}  // namespace nmsw::runners
