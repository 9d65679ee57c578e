#include "reporting/figure.h"

#include <fcntl.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

#include "nmsw/base/atomic_file.h"
#include "nmsw/base/error.h"

namespace nmsw::reporting {
namespace {

namespace fs = std::filesystem;

// cairo stamps PDF files with the time of day; another date of the same length leaves the file's
// offsets right.
std::string with_fixed_date(std::string drawing) {
  static const std::string stamp = "/CreationDate (D:", date = "20000101000000";
  const size_t place = drawing.find(stamp);
  if (place != std::string::npos) drawing.replace(place + stamp.size(), date.size(), date);
  return drawing;
}

std::vector<char*> pointers_to(std::vector<std::string>& texts) {
  std::vector<char*> pointers;
  for (std::string& text : texts) pointers.push_back(text.data());
  pointers.push_back(nullptr);
  return pointers;
}

class FileActions {
 public:
  FileActions() { posix_spawn_file_actions_init(&actions_); }
  FileActions(const FileActions&) = delete;
  FileActions& operator=(const FileActions&) = delete;
  ~FileActions() { posix_spawn_file_actions_destroy(&actions_); }
  posix_spawn_file_actions_t* get() { return &actions_; }

 private:
  posix_spawn_file_actions_t actions_;
};

/// Runs `program script_file`; what it writes to stderr goes to `log`. Returns the wait status,
/// nothing if absent.
std::optional<int> run_program(const std::string& program, const fs::path& script,
                               const fs::path& log) {
  std::vector<std::string> arguments{program, "-d", script.string()};
  FileActions actions;
  posix_spawn_file_actions_addopen(actions.get(), STDIN_FILENO, "/dev/null", O_RDONLY, 0);
  posix_spawn_file_actions_addopen(actions.get(), STDOUT_FILENO, "/dev/null", O_WRONLY, 0);
  posix_spawn_file_actions_addopen(actions.get(), STDERR_FILENO, log.c_str(),
                                   O_WRONLY | O_CREAT | O_TRUNC, 0600);
  pid_t child = 0;
  const int error = posix_spawnp(&child, program.c_str(), actions.get(), nullptr,
                                 pointers_to(arguments).data(), environ);
  if (error == ENOENT) return std::nullopt;
  if (error != 0) throw DataError("{}: cannot be started: {}", program, std::strerror(error));
  int status = 0;
  while (waitpid(child, &status, 0) < 0) {
    if (errno != EINTR)
      throw DataError("{}: lost while drawing: {}", program, std::strerror(errno));
  }
  return status;
}

class ScratchFolder {
 public:
  ScratchFolder() {
    std::string pattern = (fs::temp_directory_path() / "nmsw-figure-XXXXXX").string();
    if (mkdtemp(pattern.data()) == nullptr) {
      throw DataError(
          "{}: cannot make a folder there: {}; set TMPDIR to a folder that can be written",
          fs::temp_directory_path().string(), std::strerror(errno));
    }
    path_ = pattern;
  }
  ScratchFolder(const ScratchFolder&) = delete;
  ScratchFolder& operator=(const ScratchFolder&) = delete;
  ~ScratchFolder() {
    std::error_code ignored;
    fs::remove_all(path_, ignored);
  }
  const fs::path& path() const { return path_; }

 private:
  fs::path path_;
};

}  // namespace

Series level_series(const std::string& name, const std::string& colour, Stroke stroke, double value,
                    size_t ticks) {
  return {name,
          colour,
          SeriesStyle::line,
          stroke,
          {{-0.5, value}, {static_cast<double>(ticks) - 0.5, value}}};
}

std::optional<fs::path> draw_pdf(const Figure& figure, const fs::path& folder,
                                 const std::string& program) {
  const ScratchFolder scratch;
  const fs::path script = scratch.path() / "script.gp", log = scratch.path() / "log",
                 drawing = scratch.path() / "out", target = folder / (figure.id + ".pdf");
  write_text_atomically(script, gnuplot_script(figure, drawing));
  const std::optional<int> status = run_program(program, script, log);
  if (!status) return std::nullopt;
  if (!WIFEXITED(*status) || WEXITSTATUS(*status) != 0 || !fs::exists(drawing)) {
    throw DataError("{}: {} could not draw it: {}", target.string(), program, read_file(log));
  }
  write_text_atomically(target, with_fixed_date(read_file(drawing)));
  return target;
}

}  // namespace nmsw::reporting
