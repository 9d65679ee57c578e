#pragma once

#include <deque>
#include <filesystem>
#include <future>
#include <map>
#include <memory>
#include <mutex>
#include <vector>

#include "datasets/case_cache.h"
#include "datasets/case_source.h"
#include "nmsw/training/training_case.h"
#include "runners/planning/tasks/task_specs.h"

namespace nmsw::runners {

/// The cases of a task: phantoms are made when their folder is not there yet, and real files must
/// be those that the task was planned for (DataError).
class CaseSet {
 public:
  CaseSet(const DataSpec& spec, const std::filesystem::path& cache_folder);

  const std::vector<datasets::CaseFiles>& of(datasets::Split split) const;
  /// Several threads may load at once.
  datasets::PreparedCase load(const datasets::CaseFiles& files);
  /// Labels of the undeformed case on the prepared grid of a deformation of it.
  LabelVolume copied_template(const datasets::CaseFiles& files) const;
  const DataSpec& spec() const { return spec_; }
  /// SHA-256 over the contents and settings of all cases.
  std::string digest() const;

 private:
  DataSpec spec_;
  datasets::CaseCache cache_;
  std::map<datasets::Split, std::vector<datasets::CaseFiles>> files_;
};

/// float32 [1,Cin,D,H,W], the channels one behind the other in a prepared image, / uint8
/// [1,1,D,H,W] copies of a volume's voxels.
Tensor image_tensor(const ImageVolume& image);
Tensor label_tensor(const LabelVolume& label);

/// The cases of a split for a training, those last used kept in memory up to a bound. Several
/// threads may ask at once; a case that one of them loads is not loaded by another.
class SplitCases final : public TrainingCases {
 public:
  SplitCases(CaseSet& cases, datasets::Split split);
  int64_t count() const override;
  std::shared_ptr<const TrainingCase> get(int64_t index) override;

 private:
  using Loaded = std::shared_ptr<const TrainingCase>;

  Loaded load(int64_t index);
  void keep(int64_t index, const TrainingCase& sample);

  CaseSet& cases_;
  datasets::Split split_;
  std::mutex mutex_;
  std::map<int64_t, std::shared_future<Loaded>> kept_;  ///< and those that are being loaded
  std::deque<int64_t> order_;                           ///< of those that are loaded
  int64_t bytes_ = 0;
};

}  // namespace nmsw::runners
