#include "runners/options/case_pages_options.h"

#include "runners/options/device_options.h"
#include "runners/options/option_words.h"

namespace nmsw::runners {

std::optional<CasePagesOptions> parse_case_pages_options(
    const std::vector<std::string>& arguments) {
  VerbParser parser({"case-pages", "case-pages --out FOLDER [options]",
                     "Segments the test cases in which each method is worst and best once more, "
                     "and writes a page of each.",
                     "nmsw-tensor case-pages --out report/cases --count 2"});
  CasePagesOptions options;
  parser.options().add_options()("db", text(kDefaultDatabase), "database")(
      "out", boost::program_options::value<std::string>(), "folder of the pages")(
      "count", with_default(options.count), "pages of each data set and backbone, at most")(
      "experiment", text(""), "only this experiment; empty: all")(
      "cache", text(kDefaultCache), "folder of prepared cases and of the digests of data files");
  add_device_options(parser, options.device);
  if (!parser.parse(arguments)) return std::nullopt;
  options.database = parser.get<std::string>("db");
  options.out = parser.required("out");
  options.count = parser.get<int64_t>("count");
  if (options.count < 1) parser.usage_error("--count must be at least 1");
  options.experiment = parser.get<std::string>("experiment");
  options.cache = parser.get<std::string>("cache");
  read_device_options(parser, options);
  return options;
}

}  // namespace nmsw::runners
