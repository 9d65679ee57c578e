#pragma once

#include <filesystem>
#include <string>

namespace nmsw::runners {

/// A scan of noise, 512×512×160 in voxels of 0.94 × 0.94 × 3 mm, and a checkpoint with a network of
/// the paper's size, its weights as they are drawn, in a folder that goes with the object.
class PredictBench {
 public:
  explicit PredictBench(const std::string& backbone);
  ~PredictBench();
  PredictBench(const PredictBench&) = delete;
  PredictBench& operator=(const PredictBench&) = delete;

  struct Times {
    double total_s = 0;
    /// What neither network's passes took.
    double rest_s = 0;
  };
  /// `nmsw predict`, from file to file. `k` is empty for a method that has none.
  Times run(const std::string& method, const std::string& k) const;

 private:
  std::filesystem::path folder_;
};

}  // namespace nmsw::runners
