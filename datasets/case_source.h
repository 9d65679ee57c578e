#pragma once

#include <array>
#include <filesystem>
#include <string>
#include <utility>
#include <vector>

#include "datasets/case_cache.h"
#include "datasets/descriptor.h"
#include "datasets/preprocess.h"

namespace nmsw::datasets {

enum class Split { train, validation, test };

}  // namespace nmsw::datasets

namespace nmsw {
template <>
struct EnumNames<datasets::Split> {
  static constexpr std::array<std::pair<datasets::Split, const char*>, 3> values{
      {{datasets::Split::train, "train"},
       {datasets::Split::validation, "validation"},
       {datasets::Split::test, "test"}}};
};
}  // namespace nmsw

namespace nmsw::datasets {

/// The files of one case. The label is either one label map or binary masks, each with its class
/// index, in the order in which they are merged; both are empty for an image without label.
struct CaseFiles {
  std::string case_id;
  Split split = Split::train;
  std::filesystem::path image;
  std::vector<std::pair<std::filesystem::path, int>> masks;
  std::filesystem::path label;

  bool has_label() const { return !label.empty() || !masks.empty(); }
};

/// The cases of a data set's folder, sorted by case id (then split). A case that the descriptor
/// puts into two splits appears once for each. Throws DataError naming the file when nothing is
/// found, when a training or validation image has no label, or when dataset.json, splits_final.json
/// or meta.csv cannot be used.
std::vector<CaseFiles> list_cases(const DatasetDescriptor& descriptor,
                                  const std::filesystem::path& root);

/// The label map of a case on its image's grid, as class indices 0 … num_classes-1: masks are
/// merged in class order, later classes overwriting earlier ones, and `label_map` is applied.
/// Throws DataError for a case without label, another grid than the image's, or an id outside the
/// class list (with its voxel count).
LabelVolume read_case_label(const DatasetDescriptor& descriptor, const CaseFiles& files);

/// Reads and preprocesses a case, through the cache when one is given.
PreparedCase load_case(const DatasetDescriptor& descriptor, const CaseFiles& files,
                       const FitConfig& fit, CaseCache* cache);

/// SHA-256 over the contents of the case's files and over every setting that changes the prepared
/// case. File digests are remembered within the process by path, size and time of change.
std::string content_key(const DatasetDescriptor& descriptor, const CaseFiles& files,
                        const FitConfig& fit);

}  // namespace nmsw::datasets
