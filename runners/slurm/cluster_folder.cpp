#include "runners/slurm/cluster_folder.h"

#include <sys/stat.h>

#include <algorithm>
#include <cerrno>
#include <cstring>

#include <nlohmann/json.hpp>

#include "nmsw/base/atomic_file.h"
#include "nmsw/base/error.h"

namespace nmsw::runners {
namespace {

namespace fs = std::filesystem;
using nlohmann::json;

constexpr const char* kStart = "start.json";
constexpr const char* kEnd = "end.json";
constexpr const char* kWinner = "done";

/// The number that a folder's name is; 0 for any other name.
int64_t number_of(const fs::path& folder) {
  const std::string name = folder.filename().string();
  const bool digits = !name.empty() && name.size() < 10 &&
                      name.find_first_not_of("0123456789") == std::string::npos;
  return digits ? std::stoll(name) : 0;
}

/// Folders named by numbers, in their order.
std::vector<fs::path> numbered(const fs::path& folder) {
  std::vector<fs::path> found;
  std::error_code absent;
  for (const fs::directory_entry& entry : fs::directory_iterator(folder, absent)) {
    if (number_of(entry.path()) > 0) found.push_back(entry.path());
  }
  std::sort(found.begin(), found.end(),
            [](const fs::path& a, const fs::path& b) { return number_of(a) < number_of(b); });
  return found;
}

/// The next of a folder's numbered folders. Making a folder is atomic on every shared file system.
fs::path make_next(const fs::path& folder) {
  std::error_code unable;
  fs::create_directories(folder, unable);
  const std::vector<fs::path> before = numbered(folder);
  for (int64_t number = before.empty() ? 1 : number_of(before.back()) + 1;; ++number) {
    fs::path made = folder / std::to_string(number);
    if (::mkdir(made.c_str(), 0777) == 0) return made;
    if (errno != EEXIST) {
      throw DataError(
          "{}: the folder cannot be made ({}); is the shared folder there and writable?",
          made.string(), std::strerror(errno));
    }
  }
}

/// Nothing where the file is not there or is not whole.
json read_json(const fs::path& file) {
  try {
    return json::parse(read_file(file), nullptr, false);
  } catch (const DataError&) {
    return json(json::value_t::discarded);
  }
}

fs::path result_in(const fs::path& folder) {
  std::error_code absent;
  for (const fs::directory_entry& entry : fs::directory_iterator(folder, absent)) {
    const std::string name = entry.path().filename().string();
    if (name.rfind("result-", 0) == 0 && entry.path().extension() == ".sqlite") return entry.path();
  }
  return {};
}

Attempt read_attempt(const fs::path& folder) {
  Attempt attempt;
  attempt.number = number_of(folder);
  attempt.folder = folder;
  attempt.result = result_in(folder);
  attempt.failure = result_in(attempt.failure_folder());
  if (const json start = read_json(folder / kStart); start.is_object()) {
    attempt.job = start.value("job", "");
    attempt.node = start.value("node", "");
    attempt.started_s = start.value("started_s", 0.0);
    attempt.memory_bytes = start.value("memory_bytes", int64_t{0});
    attempt.time_s = start.value("time_s", int64_t{0});
  }
  if (const json end = read_json(folder / kEnd); end.is_object()) {
    attempt.end = AttemptEnd{end.value("how", ""), end.value("message", ""),
                             end.value("seconds", 0.0), end.value("peak_bytes", int64_t{0})};
  }
  return attempt;
}

}  // namespace

ClusterFolder ClusterFolder::of(const fs::path& database) {
  fs::path folder = fs::absolute(database).lexically_normal();
  folder.replace_extension(".slurm");
  return ClusterFolder(folder);
}

std::vector<std::string> ClusterFolder::keys() const {
  std::vector<std::string> keys;
  std::error_code absent;
  for (const fs::directory_entry& entry : fs::directory_iterator(path_ / "tasks", absent))
    keys.push_back(entry.path().filename().string());
  std::sort(keys.begin(), keys.end());
  return keys;
}

std::optional<fs::path> ClusterFolder::winner(const std::string& key) const {
  const fs::path link = task(key) / kWinner;
  std::error_code absent;
  const fs::path target = fs::read_symlink(link, absent);
  if (!absent) {
    fs::path result = result_in(task(key) / target);
    if (!result.empty()) return result;
  }
  // Whoever published died before it could say so: the first such attempt is taken.
  for (const Attempt& attempt : attempts(key)) {
    if (attempt.result.empty()) continue;
    win(key, attempt);
    return attempt.result;
  }
  return std::nullopt;
}

Attempt ClusterFolder::begin(const std::string& key) const {
  Attempt attempt;
  attempt.folder = make_next(task(key));
  attempt.number = number_of(attempt.folder);
  return attempt;
}

void ClusterFolder::write_start(const Attempt& attempt) const {
  const json start{{"job", attempt.job},
                   {"node", attempt.node},
                   {"started_s", attempt.started_s},
                   {"memory_bytes", attempt.memory_bytes},
                   {"time_s", attempt.time_s}};
  write_text_atomically(attempt.folder / kStart, start.dump() + '\n');
}

void ClusterFolder::write_end(const Attempt& attempt, const AttemptEnd& end) const {
  const json text{{"how", end.how},
                  {"message", end.message},
                  {"seconds", end.seconds},
                  {"peak_bytes", end.peak_bytes}};
  write_text_atomically(attempt.folder / kEnd,
                        text.dump(-1, ' ', false, json::error_handler_t::replace) + '\n');
}

bool ClusterFolder::win(const std::string& key, const Attempt& attempt) const {
  const fs::path link = task(key) / kWinner;
  const std::string target = std::to_string(attempt.number);
  std::error_code error;
  fs::create_symlink(target, link, error);
  std::error_code unreadable;
  const fs::path first = fs::read_symlink(link, unreadable);
  if (unreadable) {
    throw DataError("{}: cannot be made ({}); is the shared folder writable?", link.string(),
                    error.message());
  }
  return first == target;
}

std::vector<Attempt> ClusterFolder::attempts(const std::string& key) const {
  std::vector<Attempt> attempts;
  for (const fs::path& folder : numbered(task(key))) attempts.push_back(read_attempt(folder));
  return attempts;
}

fs::path ClusterFolder::begin_submission() const { return make_next(submissions()); }

std::vector<fs::path> ClusterFolder::all_submissions() const { return numbered(submissions()); }

}  // namespace nmsw::runners
