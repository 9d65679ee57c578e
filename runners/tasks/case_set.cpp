#include "runners/tasks/case_set.h"

#include <fcntl.h>
#include <limits>

#include "datasets/phantoms/phantom.h"
#include "nmsw/base/file_descriptor.h"
#include "nmsw/base/waiting.h"
#include "nmsw/config/training_memory.h"
#include "runners/options/verb_plan.h"
#include "runners/tasks/worker.h"

namespace nmsw::runners {
namespace {

namespace fs = std::filesystem;

/// Holds a file's advisory lock, so that two processes do not make the same phantoms at once.
class FileLock {
 public:
  explicit FileLock(const fs::path& file) : descriptor_(opened(file)) {
    if (!descriptor_.is_open())
      throw DataError("{}: cannot be written; check the folder's permissions", file.string());
    // Making them can take long; whoever waits says for what, and can be stopped.
    Waiting waiting = interruptible_store().waiting;
    waiting.limit_ms = std::numeric_limits<int>::max();
    lock_descriptor(descriptor_.number(), file.string(), waiting);
  }

 private:
  static int opened(const fs::path& file) {
    fs::create_directories(file.parent_path());
    return ::open(file.c_str(), O_CREAT | O_RDWR | O_CLOEXEC, 0644);
  }

  FileDescriptor descriptor_;
};

/// A task is known by the contents that were planned: others must not be stored under its key.
void require_planned_files(const DataSpec& spec, const std::vector<datasets::CaseFiles>& cases,
                           const fs::path& cache_folder) {
  if (!datasets::is_contents_fingerprint(spec.files)) return;
  datasets::FileDigests digests(digests_file(cache_folder));
  std::vector<datasets::CaseFiles> training, test;
  for (const datasets::CaseFiles& files : cases) {
    (files.split == datasets::Split::test ? test : training).push_back(files);
  }
  if (contents_fingerprint(training, digests) == spec.files ||
      contents_fingerprint(test, digests) == spec.files) {
    return;
  }
  throw DataError("{}: its files have changed since this task was planned; run again to plan anew",
                  spec.root);
}

}  // namespace

CaseSet::CaseSet(const DataSpec& spec, const fs::path& cache_folder)
    : spec_(spec), cache_(cache_folder, spec.cache_bytes) {
  if (spec_.source == DataSource::phantom) {
    const FileLock lock(spec_.root + ".lock");
    datasets::write_phantom_dataset(spec_.descriptor, spec_.phantom, spec_.root);
  }
  std::vector<datasets::CaseFiles> cases = datasets::list_cases(spec_.descriptor, spec_.root);
  if (spec_.source == DataSource::real) require_planned_files(spec_, cases, cache_folder);
  for (datasets::CaseFiles& files : cases) {
    files_[files.split].push_back(std::move(files));
  }
}

const std::vector<datasets::CaseFiles>& CaseSet::of(datasets::Split split) const {
  static const std::vector<datasets::CaseFiles> none;
  const auto found = files_.find(split);
  return found == files_.end() ? none : found->second;
}

datasets::PreparedCase CaseSet::load(const datasets::CaseFiles& files) {
  return datasets::load_case(spec_.descriptor, files, spec_.fit, &cache_);
}

LabelVolume CaseSet::copied_template(const datasets::CaseFiles& files) const {
  return datasets::copied_template(spec_.descriptor, files, spec_.fit);
}

std::string CaseSet::digest() const {
  std::vector<datasets::CaseFiles> cases;
  for (const auto& [split, list] : files_) cases.insert(cases.end(), list.begin(), list.end());
  return datasets::data_digest(spec_.descriptor, std::move(cases), spec_.fit);
}

Tensor image_tensor(const ImageVolume& image) {
  const Int3 e = image.geometry.extent_xyz;
  const auto channels = static_cast<int64_t>(image.voxels.size()) /
                        std::max<int64_t>(1, image.geometry.voxel_count());
  return torch::from_blob(const_cast<float*>(image.voxels.data()), {1, channels, e[2], e[1], e[0]},
                          torch::kFloat32)
      .clone();
}

Tensor label_tensor(const LabelVolume& label) {
  const Int3 e = label.geometry.extent_xyz;
  return torch::from_blob(const_cast<uint8_t*>(label.voxels.data()), {1, 1, e[2], e[1], e[0]},
                          torch::kUInt8)
      .clone();
}

SplitCases::SplitCases(CaseSet& cases, datasets::Split split) : cases_(cases), split_(split) {}

int64_t SplitCases::count() const { return static_cast<int64_t>(cases_.of(split_).size()); }

SplitCases::Loaded SplitCases::load(int64_t index) {
  const datasets::CaseFiles& files = cases_.of(split_).at(static_cast<size_t>(index));
  const datasets::PreparedCase prepared = cases_.load(files);
  return std::make_shared<const TrainingCase>(make_training_case(
      files.case_id, image_tensor(prepared.image), label_tensor(prepared.label)));
}

void SplitCases::keep(int64_t index, const TrainingCase& sample) {
  const auto size_of = [](const TrainingCase& kept) {
    return kept.image.numel() * 4 + kept.label.numel() +
           static_cast<int64_t>(kept.foreground.size()) * 4;
  };
  bytes_ += size_of(sample);
  order_.push_back(index);
  while (bytes_ > kKeptCaseBytes && order_.size() > 1) {
    const auto oldest = kept_.find(order_.front());
    bytes_ -= size_of(*oldest->second.get());
    kept_.erase(oldest);
    order_.pop_front();
  }
}

std::shared_ptr<const TrainingCase> SplitCases::get(int64_t index) {
  std::promise<Loaded> promise;
  {
    std::unique_lock<std::mutex> lock(mutex_);
    const auto found = kept_.find(index);
    if (found != kept_.end()) {
      const std::shared_future<Loaded> loaded = found->second;
      lock.unlock();
      return loaded.get();
    }
    kept_.emplace(index, promise.get_future().share());
  }
  try {
    Loaded sample = load(index);
    promise.set_value(sample);
    const std::lock_guard<std::mutex> lock(mutex_);
    keep(index, *sample);
    return sample;
  } catch (...) {
    promise.set_exception(std::current_exception());
    const std::lock_guard<std::mutex> lock(mutex_);
    kept_.erase(index);
    throw;
  }
}

}  // namespace nmsw::runners
