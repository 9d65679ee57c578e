#include "nmsw/ops/selective_scan.h"

#include <gtest/gtest.h>

#include "tests/support/golden.h"

namespace nmsw {
namespace {

struct ScanInputs {
  Tensor input, step, rate, entry, exit;
  std::vector<Tensor> all() const { return {input, step, rate, entry, exit}; }
};

ScanInputs drawn_inputs(int64_t batch, int64_t tokens, torch::ScalarType type) {
  constexpr int64_t kChannels = 5, kStates = 3;
  torch::manual_seed(7);
  const auto leaf = [type](const Tensor& values) {
    return values.to(type).clone().requires_grad_();
  };
  return {leaf(torch::randn({batch, tokens, kChannels})),
          leaf(torch::rand({batch, tokens, kChannels}) + 0.1),
          leaf(-torch::rand({kChannels, kStates}) - 0.2),
          leaf(torch::randn({batch, tokens, kStates})),
          leaf(torch::randn({batch, tokens, kStates}))};
}

/// The recurrence solved: what entered with token m has decayed by the steps after it.
Tensor solved_scan(const ScanInputs& in) {
  const Tensor until = in.step.cumsum(1);
  std::vector<Tensor> outputs;
  for (int64_t l = 0; l < in.input.size(1); ++l) {
    const Tensor waited = until.narrow(1, l, 1) - until.narrow(1, 0, l + 1);
    const Tensor left = (waited.unsqueeze(3) * in.rate).exp();
    const Tensor entered = (in.step * in.input).narrow(1, 0, l + 1).unsqueeze(3) *
                           in.entry.narrow(1, 0, l + 1).unsqueeze(2);
    outputs.push_back(((left * entered).sum(1) * in.exit.select(1, l).unsqueeze(1)).sum(2));
  }
  return torch::stack(outputs, 1);
}

TEST(SelectiveScan, SolvesTheRecurrenceWithItsGradients) {
  for (const int64_t tokens : {1, 2, 9}) {
    SCOPED_TRACE(tokens);
    const ScanInputs own = drawn_inputs(2, tokens, torch::kDouble),
                     other = drawn_inputs(2, tokens, torch::kDouble);
    const Tensor output = selective_scan(own.input, own.step, own.rate, own.entry, own.exit);
    const Tensor expected = solved_scan(other);
    EXPECT_TRUE(testing::close(output, expected, 1e-12, 1e-12));
    const Tensor weights = torch::randn_like(expected);
    (output * weights).sum().backward();
    (expected * weights).sum().backward();
    for (size_t i = 0; i < own.all().size(); ++i) {
      EXPECT_TRUE(testing::close(own.all()[i].grad(), other.all()[i].grad(), 1e-11, 1e-11)) << i;
    }
  }
}

TEST(SelectiveScan, IsTheSameWithoutAGradient) {
  const ScanInputs in = drawn_inputs(2, 9, torch::kFloat);
  const Tensor kept = selective_scan(in.input, in.step, in.rate, in.entry, in.exit);
  const torch::NoGradGuard no_grad;
  EXPECT_TRUE(torch::equal(selective_scan(in.input, in.step, in.rate, in.entry, in.exit), kept));
}

TEST(SelectiveScan, LooksAtEarlierTokensOnly) {
  const torch::NoGradGuard no_grad;
  const ScanInputs in = drawn_inputs(1, 9, torch::kFloat);
  const Tensor before = selective_scan(in.input, in.step, in.rate, in.entry, in.exit);
  in.input.select(1, 4).add_(1);
  const Tensor after = selective_scan(in.input, in.step, in.rate, in.entry, in.exit);
  EXPECT_TRUE(torch::equal(after.narrow(1, 0, 4), before.narrow(1, 0, 4)));
  for (int64_t l = 4; l < 9; ++l) {
    EXPECT_FALSE(torch::equal(after.select(1, l), before.select(1, l))) << l;
  }
}

TEST(SelectiveScan, RefusesShapesThatDoNotFit) {
  const ScanInputs in = drawn_inputs(2, 3, torch::kFloat);
  EXPECT_THROW(selective_scan(in.input.select(0, 0), in.step, in.rate, in.entry, in.exit),
               ShapeError);
  EXPECT_THROW(selective_scan(in.input, in.step.narrow(1, 0, 2), in.rate, in.entry, in.exit),
               ShapeError);
  EXPECT_THROW(selective_scan(in.input, in.step, in.rate.narrow(0, 0, 4), in.entry, in.exit),
               ShapeError);
  EXPECT_THROW(selective_scan(in.input, in.step, in.rate, in.entry.narrow(2, 0, 2), in.exit),
               ShapeError);
}

}  // namespace
}  // namespace nmsw
