#include "runners/options/check_options.h"

#include "runners/options/option_values.h"
#include "runners/options/option_words.h"

namespace nmsw::runners {

std::optional<CheckOptions> parse_check_options(const std::vector<std::string>& arguments) {
  VerbParser parser({"check", "check EXPERIMENT.yaml | DATASET_ROOT [options]",
                     "Validates an experiment's configuration, or the files of a data set, and "
                     "names every fault (exit code 2 or 3) and, after 'note:', what is odd.",
                     "nmsw check data/WORD-V0.1.0 --dataset word"});
  CheckOptions options;
  parser.options().add_options()(
      "dataset", text(""),
      "descriptor that a folder is checked against; empty: what the folder says of itself, "
      "its dataset.json above all")("set", words(),
                                    "path.to.key=value in place of the YAML's, may be repeated")(
      "cache", text(kDefaultCache), "folder in which the digests of data files are kept");
  parser.positional("target", -1);
  if (!parser.parse(arguments)) return std::nullopt;
  options.target = parser.only_word("target");
  options.cache = parser.get<std::string>("cache");
  options.dataset = parser.get<std::string>("dataset");
  options.set = parser.list<std::string>("set");
  return options;
}

}  // namespace nmsw::runners
