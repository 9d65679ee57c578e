#pragma once

#include <iostream>

#include "tests/support/golden.h"

namespace nmsw::testing {

/// Compares with the keys of a golden file that are there: a set may leave some out. Says at its
/// end how many it compared and how many it did not find. Not for several threads.
class GoldenChecks {
 public:
  explicit GoldenChecks(const GoldenFile& file) : file_(file) {}
  GoldenChecks(const GoldenChecks&) = delete;
  GoldenChecks& operator=(const GoldenChecks&) = delete;
  ~GoldenChecks() {
    std::cout << file_.name() << ": " << compared_ << " compared, " << left_out_
              << " left out by the set";
    if (left_out_ > 0) std::cout << " (first " << first_left_out_ << ")";
    std::cout << '\n';
  }

  /// Whether the file has the key; counts it as compared if so, as left out if not.
  bool has(const std::string& key) {
    const bool found = file_.has(key);
    if (!found && left_out_ == 0) first_left_out_ = key;
    ++(found ? compared_ : left_out_);
    return found;
  }
  /// |got - reference| <= atol + rtol·max|reference| where the key is there.
  void close(const std::string& key, const torch::Tensor& got, double atol, double rtol) {
    if (!has(key)) return;
    EXPECT_TRUE(testing::close(got, file_.tensor(key), atol, rtol)) << key;
  }
  /// The same type, shape and values where the key is there.
  void equal(const std::string& key, const torch::Tensor& got) {
    if (!has(key)) return;
    EXPECT_TRUE(torch::equal(got, file_.tensor(key))) << key;
  }

  const GoldenFile& file() const { return file_; }
  size_t compared() const { return compared_; }
  size_t left_out() const { return left_out_; }

 private:
  const GoldenFile& file_;
  size_t compared_ = 0, left_out_ = 0;
  std::string first_left_out_;
};

}  // namespace nmsw::testing

/// Ends a test that found nothing to compare as skipped.
#define NMSW_SKIP_UNLESS_COMPARED(checks)                                                \
  if ((checks).compared() == 0) {                                                        \
    GTEST_SKIP() << (checks).file().name() << " has nothing of what this test compares"; \
  }                                                                                      \
  static_assert(true, "")
