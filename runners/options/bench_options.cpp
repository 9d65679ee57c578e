#include "runners/options/bench_options.h"

#include <algorithm>
#include <cmath>

#include "runners/options/device_options.h"
#include "runners/options/option_words.h"

namespace nmsw::runners {

std::optional<BenchOptions> parse_bench_options(const std::vector<std::string>& arguments) {
  VerbParser parser({"bench", "bench [options]",
                     "Times inference by the project's kernels and by LibTorch alone, in turn, for "
                     "networks of the paper's size.",
                     "nmsw bench --backbone unet --volume 0"});
  BenchOptions options;
  parser.options().add_options()("backbone", words(), "only this one, may be repeated")(
      "patch", with_default<int64_t>(options.patch), "side of a patch in voxels")(
      "volume", numbers(256), "side of the methods' volume, may be repeated; 0: none")(
      "classes", numbers(20), "classes with background, may be repeated")(
      "repeats", with_default<int64_t>(options.repeats), "timed rounds")(
      "settle", with_default<double>(options.settle_s),
      "seconds for which a patch's passes are repeated, before they are timed and then")(
      "threads", with_default<int64_t>(0), "0: the machine's")(
      "library-limit", with_default<double>(options.library_limit_s),
      "seconds above which a method's row has no side of LibTorch")(
      "predict", "also time nmsw predict on a scan of 512 x 512 x 160")(
      "out", text(options.output.c_str()), "table as CSV");
  add_device_options(
      parser, options.device,
      "auto, cpu, cuda or cuda:N; on CUDA each patch in each precision, and nothing else");
  if (!parser.parse(arguments)) return std::nullopt;
  options.predict = parser.has("predict");
  read_device_options(parser, options);
  options.backbones = parser.list<std::string>("backbone");
  if (options.backbones.empty()) options.backbones = {"unet", "mednext", "swin_unetr"};
  options.patch = parser.get<int64_t>("patch");
  options.volumes = parser.get<std::vector<int64_t>>("volume");
  options.classes = parser.get<std::vector<int64_t>>("classes");
  options.repeats = parser.get<int64_t>("repeats");
  options.settle_s = parser.get<double>("settle");
  options.threads = parser.get<int64_t>("threads");
  options.library_limit_s = parser.get<double>("library-limit");
  options.output = parser.get<std::string>("out");
  const auto least = [](const std::vector<int64_t>& all) {
    return *std::min_element(all.begin(), all.end());
  };
  if (options.patch < 1 || least(options.volumes) < 0 || least(options.classes) < 2 ||
      options.repeats < 1 || !(options.settle_s >= 0) || !std::isfinite(options.settle_s)) {
    parser.usage_error(
        "--patch and --repeats must be at least 1, --volume and --settle 0, --classes 2");
  }
  return options;
}

}  // namespace nmsw::runners
