#include "runners/options/time_steps_options.h"

#include "runners/options/option_values.h"
#include "runners/options/option_words.h"

namespace nmsw::runners {

std::optional<TimeStepsOptions> parse_time_steps_options(
    const std::vector<std::string>& arguments) {
  VerbParser parser({"time-steps", "time-steps EXPERIMENT.yaml [options]",
                     "Times a few steps of each training scheme of an experiment with one data set "
                     "and backbone, on its first training case; prints the seconds as JSON.",
                     "nmsw-tensor time-steps experiment.yaml --steps 3"});
  TimeStepsOptions options;
  parser.options().add_options()("steps", with_default<int64_t>(3), "steps timed of each scheme")(
      "device", text("auto"), "auto, cpu, cuda or cuda:N")(
      "cache", text(kDefaultCache), "folder of prepared cases and of the digests of data files");
  parser.positional("experiment", -1);
  if (!parser.parse(arguments)) return std::nullopt;
  options.experiment = parser.only_word("experiment");
  options.steps = parser.get<int64_t>("steps");
  if (options.steps < 1) parser.usage_error("--steps must be at least 1");
  options.device = parser.get<std::string>("device");
  require_device(options.device);
  options.cache = parser.get<std::string>("cache");
  return options;
}

}  // namespace nmsw::runners
