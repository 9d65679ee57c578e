#include "runners/slurm/queue.h"

#include <array>
#include <charconv>
#include <sstream>

#include "nmsw/base/error.h"
#include "nmsw/base/plain_text.h"
#include "runners/slurm/slurm_program.h"

namespace nmsw::runners {
namespace {

constexpr int64_t kDefaultMaxArraySize = 1001;
constexpr int64_t kMebi = int64_t{1} << 20;

std::vector<std::string> parts_of(const std::string& text, char separator) {
  std::vector<std::string> parts;
  std::string part;
  std::istringstream stream(text);
  while (std::getline(stream, part, separator)) parts.push_back(part);
  return parts;
}

/// A whole number and nothing else; -1 for anything else.
int64_t whole_number(const std::string& text) {
  int64_t number = -1;
  const char* end = text.data() + text.size();
  const auto [rest, error] = std::from_chars(text.data(), end, number);
  return error == std::errc() && rest == end && number >= 0 ? number : -1;
}

void add_range(const std::string& range, const std::string& list, std::vector<int64_t>& indices) {
  const size_t dash = range.find('-'), colon = range.find(':');
  const int64_t first = whole_number(range.substr(0, dash));
  int64_t last = first, step = 1;
  if (dash != std::string::npos) {
    last = whole_number(
        range.substr(dash + 1, colon == std::string::npos ? std::string::npos : colon - dash - 1));
    if (colon != std::string::npos) step = whole_number(range.substr(colon + 1));
  }
  constexpr int64_t kMost = 4000001;  // Slurm's own limit of MaxArraySize
  if (first < 0 || last < first || step < 1 || last > kMost)
    throw DataError("squeue: '{}' is no list of array tasks", printable_word(list));
  for (int64_t i = first; i <= last; i += step) indices.push_back(i);
}

}  // namespace

bool is_active(const QueuedTask& task) {
  for (const char* state :
       {"PENDING", "RUNNING", "COMPLETING", "CONFIGURING", "SUSPENDED", "REQUEUED", "REQUEUE_FED",
        "REQUEUE_HOLD", "SIGNALING", "STAGE_OUT", "STOPPED", "RESIZING", "SPECIAL_EXIT"}) {
    if (task.state == state) return true;
  }
  return false;
}

std::vector<int64_t> array_indices(const std::string& list) {
  std::vector<int64_t> indices;
  for (const std::string& range : parts_of(list.substr(0, list.find('%')), ','))
    add_range(range, list, indices);
  return indices;
}

std::vector<QueuedTask> parse_queue(const std::string& output) {
  std::vector<QueuedTask> tasks;
  for (const std::string& line : parts_of(output, '\n')) {
    std::vector<std::string> fields = parts_of(line, '|');
    if (fields.size() < 4 || whole_number(fields[0]) < 0) continue;
    fields.resize(5);
    QueuedTask task{fields[0], -1, fields[2], fields[3], fields[4]};
    if (fields[1] == "N/A" || fields[1].empty()) {
      tasks.push_back(task);
      continue;
    }
    for (const int64_t index : array_indices(fields[1])) {
      task.index = index;
      tasks.push_back(task);
    }
  }
  return tasks;
}

std::vector<QueuedTask> ask_queue(const std::vector<std::string>& jobs) {
  if (jobs.empty()) return {};
  // Asking for ids that Slurm has forgotten is an error, asking for the user's jobs never is.
  const std::vector<QueuedTask> all =
      parse_queue(slurm_output({"squeue", "--me", "-h", "-t", "all", "-o", kQueueFormat}));
  std::map<std::string, bool> wanted;
  for (const std::string& job : jobs) wanted[job] = true;
  std::vector<QueuedTask> found;
  for (const QueuedTask& task : all) {
    if (wanted.count(task.job) > 0) found.push_back(task);
  }
  return found;
}

int64_t parse_max_array_size(const std::string& configuration) {
  for (const std::string& line : parts_of(configuration, '\n')) {
    if (line.rfind("MaxArraySize", 0) != 0) continue;
    const size_t value = line.find_first_of("0123456789");
    const int64_t size = value == std::string::npos
                             ? -1
                             : whole_number(line.substr(value, line.find(' ', value) - value));
    if (size > 0) return size;
  }
  return kDefaultMaxArraySize;
}

int64_t parse_slurm_time(const std::string& text) {
  const size_t dash = text.find('-');
  const int64_t days = dash == std::string::npos ? 0 : whole_number(text.substr(0, dash));
  std::vector<int64_t> numbers;
  bool good = days >= 0;
  for (const std::string& part :
       parts_of(dash == std::string::npos ? text : text.substr(dash + 1), ':')) {
    numbers.push_back(whole_number(part));
    good = good && numbers.back() >= 0;
  }
  const size_t count = numbers.size();
  if (!good || count == 0 || count > 3 || text.back() == ':' || days > 36500)
    throw ConfigError(
        "--time {}: expected Slurm's minutes, hours:minutes:seconds or "
        "days-hours, e.g. 4:00:00",
        printable_word(text));
  numbers.resize(3, 0);
  if (dash != std::string::npos)
    return ((days * 24 + numbers[0]) * 60 + numbers[1]) * 60 + numbers[2];
  if (count == 3) return (numbers[0] * 60 + numbers[1]) * 60 + numbers[2];
  return numbers[0] * 60 + numbers[1];
}

std::string slurm_time(int64_t seconds) {
  const int64_t minutes = (seconds + 59) / 60, hours = minutes / 60;
  const std::string of_day = fmt::format("{:02}:{:02}:00", hours % 24, minutes % 60);
  return hours < 24 ? of_day : fmt::format("{}-{}", hours / 24, of_day);
}

int64_t parse_slurm_memory(const std::string& text) {
  constexpr std::array<std::pair<char, int64_t>, 4> kUnits{
      {{'K', 1024}, {'M', kMebi}, {'G', 1024 * kMebi}, {'T', int64_t{1024} * 1024 * kMebi}}};
  int64_t unit = kMebi;
  std::string number = text;
  if (!number.empty() && number.back() == 'B' && number.size() > 1) number.pop_back();
  for (const auto& [letter, size] : kUnits) {
    if (number.empty() || number.back() != letter) continue;
    unit = size;
    number.pop_back();
    break;
  }
  const int64_t count = whole_number(number);
  if (count < 1 || count > (int64_t{1} << 40))
    throw ConfigError("--mem {}: expected Slurm's amount of memory, e.g. 16G",
                      printable_word(text));
  return count * unit;
}

std::string slurm_memory(int64_t bytes) { return fmt::format("{}M", (bytes + kMebi - 1) / kMebi); }

}  // namespace nmsw::runners
