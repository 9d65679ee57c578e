#include "runners/options/import_options.h"

#include "runners/options/option_words.h"

namespace nmsw::runners {

std::optional<ImportOptions> parse_import_options(const std::vector<std::string>& arguments) {
  VerbParser parser(
      {"import", "import --from STATE_DICT.pt --config MODEL.yaml --out CHECKPOINT",
       "Turns weights with the reference key names (torch.save or safetensors) into a checkpoint "
       "of "
       "ours. A TorchScript network is a program: import only what comes from somebody you "
       "trust.",
       "nmsw import --from state_dict.pt --config model.yaml --out unet.safetensors"});
  parser.options().add_options()("from", po::value<std::string>(), "state dictionary")(
      "config", po::value<std::string>(),
      "YAML of the model; without: FROM is a checkpoint of an earlier version")(
      "out", po::value<std::string>(), "checkpoint to write");
  if (!parser.parse(arguments)) return std::nullopt;
  ImportOptions options{parser.required("from"), {}, parser.required("out")};
  if (parser.has("config")) options.config = parser.get<std::string>("config");
  return options;
}

}  // namespace nmsw::runners
