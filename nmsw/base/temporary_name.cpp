#include "nmsw/base/temporary_name.h"

#include <cerrno>
#include <charconv>
#include <chrono>
#include <fstream>
#include <optional>
#include <system_error>

#include <signal.h>
#include <sys/random.h>
#include <unistd.h>

#include "nmsw/base/digest.h"
#include "nmsw/base/error.h"

namespace nmsw {
namespace {

namespace fs = std::filesystem;

constexpr std::string_view kPrefix = ".tmp-";
constexpr std::chrono::hours kAbandonedAfter{4};
constexpr size_t kPlaceLetters = 12;
/// Of the target's name; beside it stand about 50 bytes.
constexpr size_t kMostNameBytes = 100;

std::string this_place() {
  std::string boot;
  std::ifstream("/proc/sys/kernel/random/boot_id") >> boot;
  char host[256] = {};
  ::gethostname(host, sizeof(host) - 1);
  std::error_code ignored;
  const fs::path processes = fs::read_symlink("/proc/self/ns/pid", ignored);
  return sha256_hex(boot + '\n' + host + '\n' + processes.string()).substr(0, kPlaceLetters);
}

const std::string& place() {
  static const std::string text = this_place();
  return text;
}

uint64_t random_number() {
  uint64_t number = 0;
  if (::getrandom(&number, sizeof(number), 0) != static_cast<ssize_t>(sizeof(number)))
    throw DataError("the system gives no random numbers; is /dev/urandom readable?");
  return number;
}

/// The end of a name, cut between characters of UTF-8.
std::string end_of(const std::string& name) {
  if (name.size() <= kMostNameBytes) return name;
  size_t at = name.size() - kMostNameBytes;
  while (at < name.size() && (static_cast<unsigned char>(name[at]) & 0xc0U) == 0x80) ++at;
  return name.substr(at);
}

/// The process that made a temporary file here; nothing where it was made elsewhere, or by a
/// version that did not say.
std::optional<pid_t> maker_here(const std::string& name) {
  const std::string begin = std::string(kPrefix) + place() + '-';
  if (name.compare(0, begin.size(), begin) != 0) return std::nullopt;
  pid_t process = 0;
  const char* end = name.data() + name.size();
  const auto [rest, error] = std::from_chars(name.data() + begin.size(), end, process);
  if (error != std::errc{} || rest == end || *rest != '-' || process <= 0) return std::nullopt;
  return process;
}

bool is_abandoned(const fs::directory_entry& entry) {
  const std::string name = entry.path().filename().string();
  if (!is_temporary_name(name)) return false;
  std::error_code error;
  if (!fs::is_regular_file(entry.symlink_status(error)) || error) return false;
  if (const auto maker = maker_here(name)) return ::kill(*maker, 0) != 0 && errno == ESRCH;
  const fs::file_time_type written = entry.last_write_time(error);
  return !error && written < fs::file_time_type::clock::now() - kAbandonedAfter;
}

}  // namespace

bool is_temporary_name(std::string_view name) { return name.substr(0, kPrefix.size()) == kPrefix; }

bool is_earlier_temporary_name(std::string_view name) {
  if (!is_temporary_name(name)) return false;
  name.remove_prefix(kPrefix.size());
  for (int part = 0; part < 2; ++part) {
    const size_t digits = name.find_first_not_of("0123456789");
    // A place is longer than a process number, be it of digits alone.
    if (digits == 0 || digits >= kPlaceLetters || name[digits] != '-') return false;
    name.remove_prefix(digits + 1);
  }
  return true;
}

fs::path new_temporary_name(const fs::path& target) {
  return target.parent_path() / fmt::format("{}{}-{}-{:016x}-{}", kPrefix, place(), ::getpid(),
                                            random_number(), end_of(target.filename().string()));
}

void remove_abandoned_temporaries(const fs::path& folder) {
  std::error_code error;
  for (fs::directory_iterator entry(folder, error), end; !error && entry != end;
       entry.increment(error)) {
    std::error_code ignored;
    if (is_abandoned(*entry)) fs::remove(entry->path(), ignored);
  }
}

}  // namespace nmsw
