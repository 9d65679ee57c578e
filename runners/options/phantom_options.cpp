#include "runners/options/phantom_options.h"

#include "runners/options/option_values.h"
#include "runners/options/option_words.h"

namespace nmsw::runners {

std::optional<PhantomOptions> parse_phantom_options(const std::vector<std::string>& arguments) {
  VerbParser parser(
      {"phantom", "phantom --layout word|totalsegmentator|nnunet --out DIR [options]",
       "Writes labelled CT-like volumes in a data set's real folder layout.",
       "nmsw phantom --layout word --out data/phantoms --cases 4 --seed 1 --extent 96,96,64"});
  PhantomOptions options;
  parser.options().add_options()("layout", text("word"), "word, totalsegmentator or nnunet")(
      "dataset", text(""), "data set whose classes they have; empty: the layout's own")(
      "out", po::value<std::string>(), "folder to write")(
      "cases", with_default<int64_t>(4), "number of cases")("seed", with_default<uint64_t>(1),
                                                            "root of every random number")(
      "extent", po::value<std::string>(), "voxels X,Y,Z; absent: the anatomy's own");
  if (!parser.parse(arguments)) return std::nullopt;
  options.layout = parser.get<std::string>("layout");
  options.dataset = parser.get<std::string>("dataset");
  options.out = parser.required("out");
  options.cases = parser.get<int64_t>("cases");
  options.seed = parser.get<uint64_t>("seed");
  if (parser.has("extent"))
    options.extent_xyz = parse_extent(parser.get<std::string>("extent"), "--extent");
  require_choice(options.layout, "--layout", {"word", "totalsegmentator", "nnunet"});
  if (options.cases < 1) parser.usage_error("--cases must be at least 1");
  return options;
}

}  // namespace nmsw::runners
