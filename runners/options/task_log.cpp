#include "runners/options/task_log.h"

#include <deque>
#include <sstream>
#include <utility>

namespace nmsw::runners {
namespace {

constexpr size_t kLinesOfAnError = 5;

struct Current {
  std::mutex mutex;
  TaskLog* log = nullptr;
};

Current& current() {
  static Current one;
  return one;
}

}  // namespace

TaskLog::TaskLog(std::filesystem::path file, results::Clock clock)
    : file_(std::move(file)), clock_(std::move(clock)), out_(file_, std::ios::app) {
  const std::lock_guard<std::mutex> guard(current().mutex);
  before_ = std::exchange(current().log, this);
}

TaskLog::~TaskLog() {
  const std::lock_guard<std::mutex> guard(current().mutex);
  if (current().log == this) current().log = before_;
}

void TaskLog::write(const std::string& text) {
  const std::lock_guard<std::mutex> guard(mutex_);
  const std::string time = results::iso_time(clock_());
  std::istringstream lines(text);
  for (std::string line; std::getline(lines, line);) out_ << time << ' ' << line << '\n';
  out_.flush();
}

void write_to_current_log(const std::string& text) {
  const std::lock_guard<std::mutex> guard(current().mutex);
  if (current().log != nullptr) current().log->write(text);
}

std::string last_lines(const std::filesystem::path& file, size_t count) {
  std::ifstream in(file);
  std::deque<std::string> kept;
  for (std::string line; std::getline(in, line);) {
    kept.push_back(line);
    if (kept.size() > count) kept.pop_front();
  }
  std::string text;
  for (const std::string& line : kept) text += (text.empty() ? "" : "\n") + line;
  return text;
}

std::string error_with_log(const std::string& error, const std::filesystem::path& log) {
  const std::string lines = last_lines(log, kLinesOfAnError);
  return lines.empty() ? error : error + "\nlast lines of its log:\n" + lines;
}

std::string own_command_line() {
  std::ifstream in("/proc/self/cmdline");
  std::string text;
  for (std::string word; std::getline(in, word, '\0');) {
    const bool quoted = word.empty() || word.find_first_of(" \t\n\"'$&;") != std::string::npos;
    text += (text.empty() ? "" : " ") + (quoted ? '"' + word + '"' : word);
  }
  return text;
}

}  // namespace nmsw::runners
