#include "runners/options/init_options.h"

#include "runners/options/option_values.h"
#include "runners/options/option_words.h"
#include "runners/planning/setup/setup.h"

namespace nmsw::runners {
namespace {

std::filesystem::path folder_named_after(const std::filesystem::path& root) {
  const auto whole = (std::filesystem::absolute(root) / "").lexically_normal().parent_path();
  return whole.filename().string() + "_nmsw";
}

void add_setup_options(VerbParser& parser) {
  parser.options().add_options()(
      "out", po::value<std::string>(),
      "folder that is written; absent: NAME_nmsw in the working directory")(
      "budget", text("4h"), "time for all trainings and evaluations: 30min, 4h, 2d")(
      "device", text("auto"), "auto, cpu, cuda or cuda:N")(
      "force", "replace a descriptor and an experiment that are there");
  parser.positional("root", -1);
}

InitOptions read_setup_options(const VerbParser& parser) {
  InitOptions options;
  options.root = parser.only_word("root");
  const auto out = optional_path(parser, "out");
  options.out = out.value_or(folder_named_after(options.root));
  options.budget_s = parse_budget(parser.get<std::string>("budget"), "--budget");
  options.budget_given = parser.is_given("budget");
  options.device = parser.get<std::string>("device");
  require_device(options.device);
  options.force = parser.has("force");
  return options;
}

}  // namespace

std::filesystem::path InitOptions::experiment() const { return out / kExperimentFile; }
std::filesystem::path InitOptions::descriptor() const { return out / kDescriptorFile; }

std::optional<InitOptions> parse_init_options(const std::vector<std::string>& arguments) {
  VerbParser parser({"init", "init DATASET_ROOT [options]",
                     "Looks at the files of a data set and writes a descriptor and an experiment "
                     "for it, with the reasons beside each choice. Nothing is trained.",
                     "nmsw init data/Dataset501_MyHippo --budget 4h"});
  add_setup_options(parser);
  if (!parser.parse(arguments)) return std::nullopt;
  return read_setup_options(parser);
}

std::optional<InitOptions> parse_train_options(const std::vector<std::string>& arguments) {
  VerbParser parser({"train", "train DATASET_ROOT [options]",
                     "Sets an experiment up for a data set, as init does, where there is none yet, "
                     "and runs it. Run again, it continues.",
                     "nmsw train data/Dataset501_MyHippo --budget 4h"});
  add_setup_options(parser);
  parser.options().add_options()("threads", with_default<int64_t>(0),
                                 "threads in all; 0: from the machine")(
      "quiet,q", "no progress on the terminal");
  if (!parser.parse(arguments)) return std::nullopt;
  InitOptions options = read_setup_options(parser);
  options.threads = parser.get<int64_t>("threads");
  if (options.threads < 0) parser.usage_error("--threads must not be negative");
  options.quiet = parser.has("quiet");
  return options;
}

}  // namespace nmsw::runners
