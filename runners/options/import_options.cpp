#include "runners/options/import_options.h"

#include "runners/options/option_words.h"

namespace nmsw::runners {

std::optional<ImportOptions> parse_import_options(const std::vector<std::string>& arguments) {
  VerbParser parser(
      {"import", "import --from FILE (--config MODEL.yaml | --voxel-order ORDER) --out CHECKPOINT",
       "Turns weights with the reference key names (torch.save or safetensors) into a checkpoint "
       "of ours, or a whole checkpoint of nnU-Net 2, which describes itself. A TorchScript network "
       "is a program: import only what comes from somebody you trust.",
       "nmsw import --from state_dict.pt --config model.yaml --out unet.safetensors"});
  parser.options().add_options()("from", po::value<std::string>(),
                                 "state dictionary, or a checkpoint of nnU-Net")(
      "config", po::value<std::string>(),
      "YAML of the model; without: FROM is nnU-Net's, or a checkpoint of an earlier version")(
      "voxel-order", po::value<std::string>(),
      "nnU-Net: where x, y and z grow to in its training images, one of RAS, LAS, RPS, LPS, RAI, "
      "LAI, RPI, LPI")("out", po::value<std::string>(), "checkpoint to write");
  if (!parser.parse(arguments)) return std::nullopt;
  ImportOptions options{parser.required("from"), {}, parser.required("out"), {}};
  if (parser.has("config")) options.config = parser.get<std::string>("config");
  if (!parser.has("voxel-order")) return options;
  const auto order = parser.get<std::string>("voxel-order");
  options.voxel_order = enum_from_name<VoxelOrder>(order);
  if (!options.voxel_order) {
    parser.usage_error("--voxel-order " + order +
                       ": give three letters, R or L, A or P, and S or I, for where x, y and z "
                       "grow to");
  }
  return options;
}

}  // namespace nmsw::runners
