#include "runners/options/profile_options.h"

#include "runners/options/device_options.h"
#include "runners/options/option_values.h"
#include "runners/options/option_words.h"

namespace nmsw::runners {

std::optional<ProfileOptions> parse_profile_options(const std::vector<std::string>& arguments) {
  VerbParser parser(
      {"profile", "profile [options]",
       "MACs and parameters in both conventions, patches and peak memory; with --time, measured "
       "stage times.",
       "nmsw profile --backbone unet --method nmsw --k 30 --volume 480,480,480 --format json"});
  ProfileOptions options;
  parser.options().add_options()("backbone", text("unet"), "see nmsw list backbones")(
      "method", text("sliding_window"), "see nmsw list methods")(
      "k", text("full"), "patches, or full")("volume", text("480,480,480"), "voxels of the volume")(
      "patch", text("128"), "voxels of a patch")("downsize-rate", text("3"),
                                                 "how much smaller the global input is")(
      "overlap", with_default(0.5), "overlap of neighbouring patches")(
      "classes", with_default<int64_t>(20), "classes with background")(
      "aggregation", text("class_weight"), "of nmsw: class_weight, paste or conv")(
      "set", words(), "key=value of the backbone's own configuration, may be repeated")(
      "time", "also run it and measure")("threads", with_default<int64_t>(0),
                                         "0: from the machine")("repeats", with_default<int64_t>(3),
                                                                "timed passes")(
      "warmup", with_default<int64_t>(1), "passes before them")("format", text("table"),
                                                                "json or table");
  add_device_options(parser, options.device);
  if (!parser.parse(arguments)) return std::nullopt;
  options.backbone = parser.get<std::string>("backbone");
  options.method = parser.get<std::string>("method");
  options.k = parser.get<std::string>("k");
  options.volume_xyz = parse_extent(parser.get<std::string>("volume"), "--volume");
  options.patch_xyz = parse_extent(parser.get<std::string>("patch"), "--patch");
  options.downsize_rate_xyz =
      parse_extent(parser.get<std::string>("downsize-rate"), "--downsize-rate");
  options.overlap = parser.get<double>("overlap");
  options.classes = parser.get<int64_t>("classes");
  const auto aggregation = parser.get<std::string>("aggregation");
  require_choice(aggregation, "--aggregation", {"class_weight", "paste", "conv"});
  options.aggregation = *enum_from_name<AggregationKind>(aggregation);
  options.set = parser.list<std::string>("set");
  options.timing = parser.has("time") ? Timing::on : Timing::off;
  read_device_options(parser, options);
  options.threads = parser.get<int64_t>("threads");
  options.repeats = parser.get<int64_t>("repeats");
  options.warmup = parser.get<int64_t>("warmup");
  options.format = parser.get<std::string>("format");
  require_k(options.k);
  require_choice(options.format, "--format", {"json", "table"});
  if (options.warmup < 0) parser.usage_error("--warmup must be at least 0");
  if (options.classes < 2) parser.usage_error("--classes must be at least 2, background included");
  if (options.repeats < 1) parser.usage_error("--repeats must be at least 1");
  if (!(options.overlap >= 0 && options.overlap < 1))
    parser.usage_error("--overlap must lie in [0,1)");
  return options;
}

}  // namespace nmsw::runners
