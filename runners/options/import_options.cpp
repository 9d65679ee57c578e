#include "runners/options/import_options.h"

#include "runners/options/option_words.h"

namespace nmsw::runners {

std::optional<ImportOptions> parse_import_options(const std::vector<std::string>& arguments) {
  VerbParser parser({"import", "import --from STATE_DICT.pt --config MODEL.yaml --out CHECKPOINT",
                     "Turns weights with the reference key names into a checkpoint of ours.",
                     "nmsw import --from state_dict.pt --config model.yaml --out unet.pt"});
  parser.options().add_options()("from", po::value<std::string>(), "state dictionary")(
      "config", po::value<std::string>(), "YAML of the model")("out", po::value<std::string>(),
                                                               "checkpoint to write");
  if (!parser.parse(arguments)) return std::nullopt;
  return ImportOptions{parser.required("from"), parser.required("config"), parser.required("out")};
}

}  // namespace nmsw::runners
