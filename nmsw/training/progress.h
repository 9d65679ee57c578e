#pragma once

#include <chrono>
#include <cstdint>
#include <string>

namespace nmsw {

enum class ProgressStyle { silent, lines, bar };

/// bar on a terminal, else lines (one a minute).
ProgressStyle progress_style_of_stderr();

/// Shows on stderr how far a piece of work is and how long the rest will take.
class Progress {
 public:
  Progress(std::string title, int64_t total, ProgressStyle style);
  ~Progress();
  Progress(const Progress&) = delete;
  Progress& operator=(const Progress&) = delete;

  /// Work found done already; it does not count for the speed.
  void skip_to(int64_t done);
  void update(int64_t done, const std::string& text);

 private:
  using Clock = std::chrono::steady_clock;
  void show(const std::string& text);

  std::string title_;
  int64_t total_, done_ = 0, first_ = 0;
  ProgressStyle style_;
  Clock::time_point started_, shown_;
  bool bar_open_ = false;
};

/// "1h 02min", "3min 05s", "12s".
std::string duration_text(double seconds);

}  // namespace nmsw
