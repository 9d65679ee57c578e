#include "runners/options/attempt_folder.h"

#include <algorithm>
#include <string>
#include <vector>

#include "runners/planning/tasks/task_specs.h"

namespace nmsw::runners {
namespace {

namespace fs = std::filesystem;

/// Before there were folders of attempts.
constexpr const char* kEarlierState = "state.pt";

/// The number of an attempt's folder; 0 for anything else.
int attempt_of(const fs::path& folder) {
  const std::string name = folder.filename().string();
  const bool number =
      !name.empty() && name.size() < 9 &&
      std::all_of(name.begin(), name.end(), [](char c) { return c >= '0' && c <= '9'; });
  return number ? std::stoi(name) : 0;
}

/// The other attempts' folders, the newest first.
std::vector<fs::path> other_attempts(const fs::path& folder) {
  std::vector<fs::path> others;
  std::error_code error;
  for (const fs::directory_entry& entry : fs::directory_iterator(folder.parent_path(), error)) {
    if (entry.is_directory(error) && attempt_of(entry.path()) > 0 && entry.path() != folder)
      others.push_back(entry.path());
  }
  std::sort(others.begin(), others.end(),
            [](const fs::path& a, const fs::path& b) { return attempt_of(a) > attempt_of(b); });
  return others;
}

/// And its parent likewise: an attempt need not write anything.
void remove_if_empty(const fs::path& folder) {
  std::error_code not_empty;
  if (fs::remove(folder, not_empty)) fs::remove(folder.parent_path(), not_empty);
}

/// Also from one disk to another.
void move_file(const fs::path& from, const fs::path& to) {
  std::error_code other_disk;
  fs::rename(from, to, other_disk);
  if (!other_disk) return;
  const fs::path part = to.string() + ".part";
  fs::copy_file(from, part, fs::copy_options::overwrite_existing);
  fs::rename(part, to);
  fs::remove(from, other_disk);
}

}  // namespace

fs::path attempt_folder(const fs::path& runs, const results::Claim& claim) {
  return runs / claim.task.key.substr(0, kFolderDigits) / std::to_string(claim.attempt);
}

void begin_attempt(const fs::path& folder, const std::vector<fs::path>& elsewhere) {
  fs::create_directories(folder);
  const fs::path state = folder / kStateFile;
  if (fs::exists(state)) return;
  std::vector<fs::path> found;
  for (const fs::path& other : other_attempts(folder)) found.push_back(other / kStateFile);
  found.push_back(folder.parent_path() / kEarlierState);
  for (const fs::path& other : elsewhere) found.push_back(other / kStateFile);
  for (const fs::path& earlier : found) {
    std::error_code error;
    if (!fs::is_regular_file(earlier, error)) continue;
    move_file(earlier, state);
    return;
  }
}

void keep_only(const fs::path& folder) {
  std::error_code ignored;
  fs::remove(folder / kStateFile, ignored);
  for (const fs::path& other : other_attempts(folder)) fs::remove_all(other, ignored);
  remove_if_empty(folder);
}

void drop_attempt(const fs::path& folder) {
  std::error_code ignored;
  fs::remove_all(folder, ignored);
  remove_if_empty(folder.parent_path());
}

}  // namespace nmsw::runners
