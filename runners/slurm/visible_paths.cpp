#include "runners/slurm/visible_paths.h"

#include <sstream>

#include "nmsw/base/error.h"
#include "runners/options/verb_plan.h"
#include "runners/planning/experiment/names.h"
#include "runners/slurm/slurm_program.h"

namespace nmsw::runners {
namespace {

namespace fs = std::filesystem;

std::string absolute_text(const fs::path& path) {
  return fs::absolute(path).lexically_normal().string();
}

}  // namespace

std::vector<std::string> visibility_words(const SlurmOptions& options,
                                          const std::vector<std::string>& paths) {
  std::vector<std::string> words{
      "srun",      "--quiet",        "--nodes=1", "--ntasks=1",
      "--chdir=/", "--immediate=10", "--time=1",  "--job-name=nmsw-check"};
  if (!options.partition.empty()) words.push_back("--partition=" + options.partition);
  words.insert(words.end(), options.sbatch.begin(), options.sbatch.end());
  words.insert(words.end(), {"/bin/sh", "-c", R"(for f; do [ -e "$f" ] || echo "$f"; done)", "sh"});
  words.insert(words.end(), paths.begin(), paths.end());
  return words;
}

void require_visible(const SlurmOptions& options, const Plan& plan, const fs::path& program,
                     const fs::path& cluster_folder) {
  std::error_code unable;
  fs::create_directories(cluster_folder, unable);
  fs::create_directories(options.cache, unable);
  std::vector<std::string> paths{program.string(), absolute_text(options.experiment),
                                 absolute_text(cluster_folder), absolute_text(options.cache),
                                 fs::current_path().string()};
  for (const DataSpec& data : plan.files) paths.push_back(absolute_text(data.root));
  const ProgramAnswer answer = run_slurm(visibility_words(options, paths));
  if (answer.code != 0) {
    tell_on_stderr(fmt::format(
        "no node could be asked whether it sees these folders ({}); the first jobs will tell",
        answer.err.substr(0, answer.err.find('\n'))));
    return;
  }
  std::istringstream lines(answer.out);
  std::vector<std::string> unseen;
  for (std::string line; std::getline(lines, line);) unseen.push_back(line);
  if (unseen.empty()) return;
  throw ConfigError(
      "slurm: a node does not see {}; the jobs need the same folders as this machine: put them on "
      "the cluster's shared disk (--db, --cache, data.roots), or name the partition that sees them",
      joined(unseen));
}

}  // namespace nmsw::runners
