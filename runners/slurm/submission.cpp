#include "runners/slurm/submission.h"

#include <sstream>

#include <nlohmann/json.hpp>

#include "nmsw/base/atomic_file.h"
#include "nmsw/base/digest.h"
#include "nmsw/base/error.h"
#include "nmsw/base/plain_text.h"

namespace nmsw::runners {
namespace {

namespace fs = std::filesystem;
using nlohmann::json;

constexpr const char* kFile = "submission.json";

fs::path whole(const fs::path& path) { return fs::absolute(path).lexically_normal(); }

std::string first_line(const fs::path& file) {
  const std::string text = read_file(file);
  return text.substr(0, text.find('\n'));
}

}  // namespace

Submission submission_of(const SlurmOptions& options, const std::string& name) {
  Submission submission;
  submission.experiment = whole(options.experiment);
  submission.experiment_sha = sha256_file(options.experiment);
  submission.name = name;
  submission.words = options.words;
  submission.place = fs::current_path();
  submission.database = whole(options.database);
  submission.cache = whole(options.cache);
  submission.set = options.set;
  submission.device = options.device;
  submission.save_s = options.save_s;
  return submission;
}

void write_submission(const fs::path& folder, const Submission& submission) {
  const json text{{"experiment", submission.experiment.string()},
                  {"experiment_sha", submission.experiment_sha},
                  {"name", submission.name},
                  {"words", submission.words},
                  {"place", submission.place.string()},
                  {"database", submission.database.string()},
                  {"cache", submission.cache.string()},
                  {"set", submission.set},
                  {"device", submission.device},
                  {"save_s", submission.save_s}};
  write_text_atomically(folder / kFile, text.dump(2) + '\n');
}

Submission read_submission(const fs::path& folder) {
  try {
    const json text = json::parse(read_file(folder / kFile));
    Submission submission;
    submission.experiment = text.at("experiment").get<std::string>();
    submission.experiment_sha = text.at("experiment_sha").get<std::string>();
    submission.name = text.at("name").get<std::string>();
    submission.words = text.at("words").get<std::vector<std::string>>();
    submission.place = text.at("place").get<std::string>();
    submission.database = text.at("database").get<std::string>();
    submission.cache = text.at("cache").get<std::string>();
    submission.set = text.at("set").get<std::vector<std::string>>();
    submission.device = text.at("device").get<std::string>();
    submission.save_s = text.at("save_s").get<double>();
    return submission;
  } catch (const json::exception& fault) {
    throw DataError("{}: is no submission ({}); submit again with nmsw slurm",
                    (folder / kFile).string(), fault.what());
  }
}

std::string task_list_text(const JobArray& array) {
  std::string text;
  for (const results::TaskRecord* task : array.tasks) {
    text += fmt::format("{} {} {:.3f}", task->key, task->kind, task->predicted_s);
    for (const std::string& need : task->depends_on) text += ' ' + need;
    text += '\n';
  }
  return text;
}

std::vector<ListedTask> read_task_list(const fs::path& file) {
  std::istringstream lines(read_file(file));
  std::vector<ListedTask> tasks;
  for (std::string line; std::getline(lines, line);) {
    std::istringstream words(line);
    ListedTask task;
    if (!(words >> task.key >> task.kind >> task.predicted_s)) {
      throw DataError("{}: line {} is no task; submit again with nmsw slurm", file.string(),
                      tasks.size() + 1);
    }
    for (std::string need; words >> need;) task.depends_on.push_back(need);
    tasks.push_back(std::move(task));
  }
  return tasks;
}

std::string array_file(size_t number, const std::string& ending) {
  return fmt::format("array_{}.{}", number, ending);
}

std::string parse_job_id(const std::string& output) {
  const std::string id = output.substr(0, output.find_first_of(";\n"));
  if (id.empty() || id.find_first_not_of("0123456789") != std::string::npos) {
    throw DataError("sbatch: printed '{}', which is no job id; is it Slurm's own sbatch?",
                    printable_word(output));
  }
  return id;
}

SubmittedJobs jobs_of(const fs::path& submission) {
  SubmittedJobs jobs;
  std::error_code absent;
  for (size_t number = 1;; ++number) {
    const fs::path list = submission / array_file(number, "tasks");
    if (!fs::exists(list, absent)) break;
    const fs::path job = submission / array_file(number, "job");
    if (fs::exists(job, absent)) jobs.arrays[first_line(job)] = read_task_list(list);
  }
  if (fs::exists(submission / "merge.job", absent))
    jobs.merge = first_line(submission / "merge.job");
  return jobs;
}

}  // namespace nmsw::runners
