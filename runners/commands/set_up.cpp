#include "runners/commands/set_up.h"

#include <stdlib.h>

#include <iostream>

#include "nmsw/base/atomic_file.h"
#include "nmsw/base/plain_text.h"
#include "nmsw/base/readable.h"
#include "runners/commands/tensor_child.h"
#include "runners/options/verb_plan.h"
#include "runners/planning/setup/setup.h"
#include "runners/planning/setup/yaml_words.h"

namespace nmsw::runners {
namespace {

namespace fs = std::filesystem;

/// A new folder that goes with the object.
class WorkFolder {
 public:
  WorkFolder() {
    std::string pattern = (fs::temp_directory_path() / "nmsw-init-XXXXXX").string();
    if (mkdtemp(pattern.data()) == nullptr)
      throw DataError("{}: no folder can be made there; set TMPDIR", pattern);
    path_ = pattern;
  }
  WorkFolder(const WorkFolder&) = delete;
  WorkFolder& operator=(const WorkFolder&) = delete;
  ~WorkFolder() {
    std::error_code ignored;
    fs::remove_all(path_, ignored);
  }
  const fs::path& path() const { return path_; }

 private:
  fs::path path_;
};

void require_new(const InitOptions& options) {
  if (options.force) return;
  for (const fs::path& file : {options.descriptor(), options.experiment()}) {
    if (!fs::exists(file)) continue;
    throw ConfigError(
        "{}: is there already; use it (nmsw run, nmsw train), name another folder with --out, or "
        "replace it with --force",
        file.string());
  }
}

void write_setup(const DatasetSetup& setup, const fs::path& folder) {
  write_text_atomically(folder / kDescriptorFile, descriptor_text(setup));
  write_text_atomically(folder / kExperimentFile, experiment_text(setup));
}

/// By the tensor program, with the files in a folder that goes again.
std::optional<StepSeconds> measured_steps(const InitOptions& options, DatasetSetup setup) {
  tell_on_stderr(fmt::format("timing a few training steps of the {} UNet", setup.tier->name));
  const WorkFolder folder;
  setup.request.root = fs::absolute(options.root);
  setup.request.out = folder.path();
  write_setup(setup, folder.path());
  const auto answer = output_of_tensor_program(
      "time-steps", {(folder.path() / kExperimentFile).string(), "--steps", "3", "--device",
                     options.device, "--cache", (folder.path() / "cache").string()});
  if (!answer) {
    tell_on_stderr(
        "steps could not be timed (is nmsw-tensor built?), so that the epochs follow from an "
        "estimate, which can be wrong by a factor of 2");
    return std::nullopt;
  }
  return parse_step_seconds(*answer);
}

void print_setup(const DatasetSetup& setup, const InitOptions& options) {
  const datasets::DatasetSurvey& survey = setup.survey;
  const datasets::DatasetDescriptor& d = setup.found.descriptor;
  const Schedule& schedule = setup.schedule;
  std::cout << fmt::format(
      "{}: {} labelled cases ({} train, {} validate, {} test), {} classes, {}\n", d.name,
      survey.training_cases + survey.validation_cases + survey.test_cases, survey.training_cases,
      survey.validation_cases, survey.test_cases, d.classes.size(), d.modality);
  std::cout << fmt::format("voxels of {} mm, patches {}, global input {} times smaller, {} UNet\n",
                           spacing_words(setup.preparation.spacing_xyz_mm),
                           yaml_extent(setup.preparation.patch_xyz),
                           yaml_extent(setup.preparation.downsize_rate_xyz), setup.tier->name);
  std::cout << fmt::format(
      "{} epochs of {} + {} + {} steps, about {} of {} ({})\n", schedule.epochs,
      schedule.local_iterations, schedule.global_iterations, schedule.nmsw_iterations,
      readable_seconds(schedule.training_s + schedule.evaluation_s),
      readable_seconds(options.budget_s), setup.step.measured ? "measured" : "estimated");
  for (const std::string& note : setup.notes) std::cout << "note: " << note << '\n';
  std::cout << options.descriptor().string() << '\n' << options.experiment().string() << '\n';
}

}  // namespace

void set_up(const InitOptions& options) {
  require_new(options);
  SetupRequest request{options.root, options.out, options.budget_s, plan_options_of_machine()};
  request.machine.device = options.device;
  DatasetSetup setup = make_setup(request);
  require_writable(options.experiment());
  while (const auto step = measured_steps(options, setup)) {
    setup = rescheduled(std::move(setup), *step);
    auto narrower = narrowed(setup);
    if (!narrower) break;
    setup = std::move(*narrower);
  }
  write_setup(setup, options.out);
  print_setup(setup, options);
}

}  // namespace nmsw::runners
