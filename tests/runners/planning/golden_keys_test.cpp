#include <algorithm>
#include <fstream>

#include "datasets/layouts/descriptor.h"
#include "nmsw/base/atomic_file.h"
#include "nmsw/base/config_identity.h"
#include "nmsw/cost/catalog.h"
#include "runners/planning/plan/plan.h"
#include "runners/planning/tasks/task_specs.h"
#include "tests/runners/planning/experiment_text.h"
#include "tests/support/build_paths.h"
#include "tests/support/temporary_folder.h"

namespace nmsw::runners {
namespace {

namespace fs = std::filesystem;

/// Stand-ins for the real data of experiments without phantoms: planning opens no image, so that
/// any bytes will do.
class StandIns {
 public:
  std::vector<std::string> overrides(const fs::path& experiment) const {
    std::vector<std::string> sets;
    for (const NamedEntry& entry : load_experiment(experiment).datasets.entries) {
      const auto descriptor = datasets::load_descriptor(entry.name);
      if (!descriptor.phantom.empty()) continue;
      const fs::path root = folder_ / descriptor.name;
      if (!fs::exists(root)) put_files(descriptor, root);
      sets.push_back("data.roots." + descriptor.name + "=" + root.string());
    }
    return sets.empty() ? std::vector<std::string>{"data.source=phantom"} : sets;
  }

 private:
  static void put_files(const datasets::DatasetDescriptor& descriptor, const fs::path& root) {
    const datasets::SplitRule split = descriptor.split.value_or(datasets::SplitRule{});
    for (int64_t i = 0; i < split.train + split.validation + split.test; ++i) {
      const std::string name = fmt::format("hippocampus_{:03}.nii.gz", i);
      put(root / "imagesTr" / name, "image " + name);
      put(root / "labelsTr" / name, "label " + name);
    }
    for (const char* file :
         {"ct_a/ct.nii.gz", "ct_a/seg61.nii.gz", "ct_b/dicom/1.dcm", "ct_b/seg31.nii.gz"})
      put(root / file, file);
  }
  static void put(const fs::path& file, const std::string& text) {
    fs::create_directories(file.parent_path());
    std::ofstream(file) << text;
  }
  testing::TemporaryFolder folder_;
};

std::vector<fs::path> experiment_files() {
  std::vector<fs::path> files;
  for (const auto& entry : fs::directory_iterator(testing::source_folder() / "experiments")) {
    if (entry.path().extension() == ".yaml") files.push_back(entry.path());
  }
  std::sort(files.begin(), files.end());
  return files;
}

std::string or_dash(const std::string& text) { return text.empty() ? "-" : text; }

/// Compares with a file of tests/runners/data; another text is left in the build folder.
void expect_golden(const std::string& name, const std::string& text, const std::string& meaning) {
  if (read_file(testing::source_folder() / "tests/runners/data" / name) == text) return;
  const fs::path now = testing::build_folder() / name;
  write_text_atomically(now, text);
  ADD_FAILURE() << meaning << "\ncompare: diff tests/runners/data/" << name << ' ' << now.string()
                << "\nif it is meant, copy the second over the first";
}

TEST(GoldenKeys, OfEveryExperimentStayAsTheyAre) {
  const StandIns data;
  PlanOptions options;
  options.has_cuda = true;
  std::string text;
  for (const fs::path& file : experiment_files()) {
    text += "# " + file.filename().string() + '\n';
    for (const results::TaskRecord& task :
         make_plan(load_experiment(file, data.overrides(file)), options).tasks) {
      text += fmt::format("{} {} {} {} {} {} {} {} {}\n", task.kind, or_dash(task.dataset),
                          task.backbone, task.kind == "train" ? task.scheme : task.method,
                          or_dash(task.k), task.class_weight, or_dash(task.variant), task.seed,
                          task.key);
    }
  }
  expect_golden("task_keys.txt", text,
                "tasks of experiments/*.yaml have other keys: what is stored under the old ones is "
                "not found any more");
}

/// Every field of the specs with its default, a line each; networks' own beside them.
TEST(GoldenKeys, RestOnDefaultsThatNeverChange) {
  std::string text;
  const auto add = [&](const std::string& prefix, const std::vector<FieldHelpLine>& lines) {
    for (const FieldHelpLine& line : lines) {
      if (!line.default_text.empty())
        text += fmt::format("{} {}\n", prefix + line.path, line.default_text);
    }
  };
  const auto of_spec = [&](const std::string& kind, auto spec) {
    FieldHelp help(kind);
    visit_fields(spec, help);
    add("", help.lines);
  };
  of_spec("train", TrainSpec{});
  of_spec("evaluate", EvaluateSpec{});
  of_spec("profile", ProfileSpec{});
  of_spec("list", datasets::ListedCase{});
  of_spec("deformations", datasets::DeformedCases{});
  for (const BackboneCostEntry& entry : backbone_cost_catalog())
    add("", entry.keys(std::string(entry.name)));
  expect_golden("first_defaults.txt", text,
                "a default has changed, or a field is new. A new field's line belongs into the "
                "file. A default must stay (nmsw/base/config_identity.h): stored tasks that leave "
                "it out mean the old value");
}

}  // namespace
}  // namespace nmsw::runners
