#pragma once

#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "reporting/case_scores.h"
#include "results/store.h"
#include "tests/support/temporary_folder.h"

namespace nmsw::reporting::testing {

/// A database of finished tasks of one experiment, "made" (profiles also of others), with the
/// scores that a test wants.
class ScoreDatabase {
 public:
  /// DSC of case 0, 1, … in class 1, 2, …
  using Scores = std::function<std::optional<double>(int case_index, int class_index)>;

  explicit ScoreDatabase(int cases = 8, int classes = 2);

  /// macs   of one pass over the largest volume; 0: none stored
  void evaluate(const ScoreCell& cell, const Scores& scores, int64_t seed = 0,
                const std::string& config_json = "{}", const std::string& data_sha = "",
                double macs = 0);
  /// An evaluation that has not run.
  void plan(const ScoreCell& cell, int64_t seed = 0, const std::string& config_json = "{}");
  /// An NMSW training; `rates`: its learning rate in every epoch.
  void train(const ScoreCell& cell, const std::vector<double>& class_weights, int64_t seed = 0,
             const std::string& config_json = "{}", const std::vector<double>& rates = {});
  struct Profile {
    std::string backbone = "unet", method = "sliding_window", k;
    double macs_paper = 0, seconds = 0;
    int64_t extent = 480;
    std::string device = "cpu", hardware = "Intel(R) Xeon(R) Gold 6338";
    int repeats = 3;
    double iqr_s = 0;
    /// Further settings as JSON: ,"num_classes":20
    std::string settings{};
    std::string experiment = "made";
    int threads = 0;
    /// What the run says of its arithmetic.
    std::string notes{};
  };
  void profile(const Profile& profile);

  const results::ResultStore& store() const { return store_; }
  const nmsw::testing::TemporaryFolder& folder() const { return folder_; }

 private:
  results::TaskRecord evaluation(const ScoreCell& cell, int64_t seed,
                                 const std::string& config_json) const;
  void finish(results::TaskRecord task, const results::TaskResult& result,
              const std::string& experiment = "made", const results::RunRecord& run = {});

  nmsw::testing::TemporaryFolder folder_;
  results::ResultStore store_;
  int cases_, classes_;
  int tasks_ = 0;
};

/// A cell of (WORD, UNet).
ScoreCell word_unet(const std::string& method, const std::string& k = "",
                    const std::string& class_weight = "on", const std::string& variant = "");

}  // namespace nmsw::reporting::testing
