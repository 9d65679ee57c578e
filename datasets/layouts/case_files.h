#pragma once

#include <array>
#include <filesystem>
#include <string>
#include <utility>
#include <vector>

#include "datasets/layouts/descriptor.h"
#include "datasets/layouts/file_digests.h"
#include "datasets/preparation/deformation.h"

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

/// The files of one case. The image may be a folder of DICOM slices; an image with several channels
/// has the first one's file there and the others in `further_channels`. The label is either one label
/// map or binary masks, each with its class index, in the order in which they are merged; both are
/// empty for an image without label. With a deformation, the case is that of the files, deformed.
struct CaseFiles {
  std::string case_id;
  Split split = Split::train;
  std::filesystem::path image;
  std::vector<std::pair<std::filesystem::path, int>> masks;
  std::filesystem::path label;
  std::optional<Deformation> deformation;
  std::vector<std::filesystem::path> further_channels;

  bool has_label() const { return !label.empty() || !masks.empty(); }
};

/// The cases of a data set's folder, sorted by case id (then split); opens no image. A case that
/// the descriptor puts into two splits appears once for each. Throws DataError naming the file when
/// nothing is found, when a training or validation image has no label, or when dataset.json,
/// splits_final.json or meta.csv cannot be used. The cases are not judged as one data set:
/// listing_judgement does.
std::vector<CaseFiles> list_cases(const DatasetDescriptor& descriptor,
                                  const std::filesystem::path& root);

/// The files of every channel, in order.
std::vector<std::filesystem::path> channel_images(const CaseFiles& files);

/// The file itself and the files that hold its voxels (detached_data), or all files of a folder of
/// DICOM slices, sorted by name.
std::vector<std::filesystem::path> files_of_image(const std::filesystem::path& image);

/// Everything that decides a deformation, as text.
std::string deformation_text(const Deformation& deformation);

/// Every file of the cases, in their order.
std::vector<std::filesystem::path> files_of(const std::vector<CaseFiles>& cases);

/// What tells cases from others: SHA-256 over ids, splits, deformations and the contents of the
/// files, wherever they lie and whatever they are called. Begins with "contents:". Throws DataError
/// for a file that cannot be read.
std::string contents_fingerprint(const std::vector<CaseFiles>& cases, FileDigests& digests);

/// Whether a fingerprint is `contents_fingerprint`'s; older databases hold `names_fingerprint`'s.
bool is_contents_fingerprint(const std::string& fingerprint);

/// The fingerprint of older databases: SHA-256 over ids, splits, deformations, and names (below
/// `root`) and sizes of the files. Throws DataError for a file that is gone.
std::string names_fingerprint(const std::vector<CaseFiles>& cases,
                              const std::filesystem::path& root);

}  // namespace nmsw::datasets
