#include "runners/tensor_commands/import_nnunet.h"

#include <iostream>
#include <regex>

#include "nmsw/base/atomic_file.h"
#include "nmsw/base/zip_check.h"
#include "nmsw/training/saved_tensors.h"
#include "runners/planning/cells/nnunet_model.h"
#include "runners/tasks/networks.h"

namespace nmsw::runners {
namespace {

constexpr std::string_view kWeights = "network_weights";

/// The one name of a tensor: without what compiling and data-parallel training put in front, by the
/// encoder where the decoder has it too, and by a layer's name where a list of layers has it too.
std::string own_name(std::string name) {
  static const std::regex wrapped("^(_orig_mod\\.|module\\.)+"), shared("^decoder\\.encoder\\."),
      convolution("\\.all_modules\\.0\\."), norm("\\.all_modules\\.[0-9]+\\.");
  name = std::regex_replace(name, wrapped, "");
  name = std::regex_replace(name, shared, "encoder.");
  name = std::regex_replace(name, convolution, ".conv.");
  return std::regex_replace(name, norm, ".norm.");
}

/// Weights by their own names, their axes in the order z, y, x.
std::map<std::string, Tensor> weights_of(const SavedObject& saved, const AxisOfZyx& axes,
                                         const std::string& file) {
  std::map<std::string, Tensor> weights;
  for (auto& [name, value] : saved_tensors(saved, std::string(kWeights) + "/")) {
    Tensor turned = value;
    if (value.dim() == 5) {
      turned = value.permute({0, 1, 2 + axes[0], 2 + axes[1], 2 + axes[2]}).contiguous();
    }
    const auto [place, is_new] = weights.emplace(own_name(name), turned);
    if (!is_new && !torch::equal(place->second, turned)) {
      throw DataError(
          "{}: '{}' is another name of '{}', but holds other numbers; the file is damaged or not "
          "nnU-Net's",
          file, name, place->first);
    }
  }
  return weights;
}

}  // namespace

bool is_nnunet_checkpoint(const std::filesystem::path& file) {
  const std::string bytes = read_file(file);
  if (!is_zip(bytes)) return false;
  for (const auto& [name, content] : stored_files(bytes)) {
    const bool is_pickle = std::filesystem::path(name).filename() == "data.pkl";
    if (is_pickle && content.find(kWeights) != std::string_view::npos) return true;
  }
  return false;
}

void import_nnunet(const ImportOptions& options) {
  const std::string file = options.from.string();
  if (!options.config.empty()) {
    throw ConfigError(
        "--config: {} is a checkpoint of nnU-Net, which describes itself; leave it out", file);
  }
  if (!options.voxel_order) {
    throw ConfigError(
        "--voxel-order is missing: {} does not say how nnU-Net's training images lay in the "
        "patient; "
        "give the letters where their x, y and z grow to, e.g. LPS (nibabel's aff2axcodes prints "
        "them)",
        file);
  }
  const std::string bytes = read_file(options.from);
  const SavedObject saved = view_saved_object(bytes, file);
  const NnUnetModel model = nnunet_model(saved.values, *options.voxel_order, file);
  const NetworkSet networks = build_networks(model.description, 0);
  torch::nn::Module& module = networks.trained(model.description.scheme);
  const std::map<std::string, Tensor> weights = weights_of(saved, model.axes, file);
  require_finite(weights, file);
  assign_tensors(module, weights, file);
  save_model(options.out, model.description, module);
  for (const std::string& note : model.notes) std::cerr << file << ": " << note << '\n';
  std::cout << options.out.string() << '\n';
}

}  // namespace nmsw::runners
