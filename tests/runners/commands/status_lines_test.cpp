#include "runners/commands/status_lines.h"

#include <gtest/gtest.h>

namespace nmsw::runners {
namespace {

constexpr double kStart = 1.75e9;  // 2025-06-15 15:06:40 UTC

results::TaskState training() {
  results::TaskState state;
  state.task.key = "0123456789abcdef";
  state.task.kind = "train";
  state.task.dataset = "word";
  state.task.backbone = "unet";
  state.task.scheme = "local";
  state.worker = "host:17";
  state.progress = 0.25;
  state.progress_text = "epoch 3/8 loss 0.500";
  state.started = results::iso_time(kStart);
  state.lease_until_s = kStart + 300;
  return state;
}

TEST(StatusLines, SayWhatRunsSinceWhen) {
  const results::TaskState state = training();
  const std::string loss = loss_of(state, kStart + 240, false);
  EXPECT_EQ(loss, "");
  const std::string line = running_lines(state, kStart + 240, loss);
  EXPECT_EQ(line.rfind("  running 0123456789 train word unet local seed 0: 25 %, epoch 3/8 loss "
                       "0.500 (host:17), since 2025-06-15 15:06:40 UTC (",
                       0),
            0u)
      << line;
}

TEST(StatusLines, TellALostWorkerFromARunningOne) {
  const results::TaskState state = training();
  const std::string gone = loss_of(state, kStart + 240, true);
  EXPECT_EQ(running_lines(state, kStart + 240, gone),
            "  lost 0123456789 train word unet local seed 0: 25 %, epoch 3/8 loss 0.500 (host:17), "
            "since 2025-06-15 15:06:40 UTC; its process is gone; the next `nmsw run` goes on with "
            "it\n");
  EXPECT_EQ(loss_of(state, kStart + 299, false), "");
  EXPECT_EQ(loss_of(state, kStart + 300, false),
            "no sign of life, its lease ran out at 2025-06-15 15:11:40 UTC");
}

TEST(StatusLines, ShowWhereTheCurveStands) {
  results::TaskState state = training();
  state.curve.epoch = 1;
  state.curve.train_loss = 0.5;
  EXPECT_NE(running_lines(state, kStart, "").find("\n    epoch 2 done: loss 0.5000\n"),
            std::string::npos);
  state.curve.validation_epoch = 1;
  state.curve.validation_loss = 0.75;
  state.curve.best_epoch = 0;
  state.curve.best_validation_loss = 0.625;
  EXPECT_NE(running_lines(state, kStart, "")
                .find("loss 0.5000; validation 0.7500 (epoch 2), best 0.6250 (epoch 1)\n"),
            std::string::npos);
}

TEST(StatusLines, NameTheLogOfAFailedTask) {
  results::TaskState state = training();
  state.attempts = 2;
  state.last_error = "no room\nlast lines of its log:\nepoch 1";
  EXPECT_EQ(
      failed_lines(state),
      "  failed 0123456789 train word unet local seed 0 after 2 attempt(s): no room\n    last "
      "lines of its log:\n    epoch 1\n");
  state.log = "/runs/0123456789/2/log.txt";
  EXPECT_NE(failed_lines(state).find("\n    log: /runs/0123456789/2/log.txt\n"), std::string::npos);
}

}  // namespace
}  // namespace nmsw::runners
