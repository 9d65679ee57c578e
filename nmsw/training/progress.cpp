#include "nmsw/training/progress.h"

#include <unistd.h>

#include <algorithm>
#include <cstdio>

#include <fmt/format.h>

namespace nmsw {
namespace {

constexpr auto kBarPause = std::chrono::milliseconds(200);
constexpr auto kLinePause = std::chrono::seconds(60);
constexpr int kBarWidth = 24;

}  // namespace

std::string duration_text(double seconds) {
  const auto whole = static_cast<int64_t>(seconds + 0.5);
  if (whole >= 3600) return fmt::format("{}h {:02}min", whole / 3600, whole / 60 % 60);
  if (whole >= 60) return fmt::format("{}min {:02}s", whole / 60, whole % 60);
  return fmt::format("{}s", whole);
}

ProgressStyle progress_style_of_stderr() {
  return isatty(STDERR_FILENO) != 0 ? ProgressStyle::bar : ProgressStyle::lines;
}

Progress::Progress(std::string title, int64_t total, ProgressStyle style)
    : title_(std::move(title)),
      total_(std::max<int64_t>(1, total)),
      style_(style),
      started_(Clock::now()),
      shown_(started_) {}

Progress::~Progress() {
  if (bar_open_) std::fputc('\n', stderr);
}

void Progress::skip_to(int64_t done) {
  first_ = done_ = done;
  started_ = Clock::now();
}

void Progress::update(int64_t done, const std::string& text) {
  done_ = done;
  if (style_ == ProgressStyle::silent) return;
  const auto now = Clock::now();
  const bool last = done_ >= total_;
  if (now - shown_ < (style_ == ProgressStyle::bar ? Clock::duration(kBarPause)
                                                   : Clock::duration(kLinePause)) &&
      !last) {
    return;
  }
  shown_ = now;
  show(text);
}

void Progress::show(const std::string& text) {
  const double passed = std::chrono::duration<double>(Clock::now() - started_).count();
  const int64_t fresh = done_ - first_;
  const std::string left = done_ >= total_ ? "in " + duration_text(passed)
                           : fresh > 0     ? duration_text(passed / static_cast<double>(fresh) *
                                                           static_cast<double>(total_ - done_)) +
                                             " left"
                                       : "";
  const double share = static_cast<double>(done_) / static_cast<double>(total_);
  if (style_ == ProgressStyle::bar) {
    const auto filled = static_cast<int>(share * kBarWidth);
    const std::string bar = std::string(static_cast<size_t>(filled), '#') +
                            std::string(static_cast<size_t>(kBarWidth - filled), '.');
    fmt::print(stderr, "\r\033[K{} [{}] {:3.0f}% {} {}", title_, bar, share * 100, left, text);
    bar_open_ = true;
  } else {
    fmt::print(stderr, "{} {:.0f}% {} {}\n", title_, share * 100, left, text);
  }
  std::fflush(stderr);
}

}  // namespace nmsw
