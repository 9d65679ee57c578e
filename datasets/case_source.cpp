#include "datasets/case_source.h"

#include "datasets/grid/geometry.h"
#include "datasets/grid/orientation.h"
#include "datasets/layouts/content_key.h"
#include "datasets/layouts/label_ids.h"
#include "nmsw/base/digest.h"
#include "nmsw/base/error.h"

namespace nmsw::datasets {
namespace fs = std::filesystem;
namespace {

/// Raised when the same file comes to be read otherwise; cached cases alone are made again.
constexpr int kReadingVersion = 2;

/// The label map of the files, not deformed.
LabelVolume read_label_on(const DatasetDescriptor& descriptor, const CaseFiles& files,
                          const Geometry& grid, ReadNotes* notes) {
  if (!files.has_label()) {
    throw DataError(
        "{}: case '{}' has no label, so it can be predicted but not trained on or scored; add its "
        "label file",
        files.image.string(), files.case_id);
  }
  if (!files.label.empty()) {
    LabelVolume label = turned_to(grid, read_label(files.label, notes));
    require_same_grid(grid, files.image.string(), label.geometry, files.label.string());
    apply_label_ids(descriptor, files.label, label);
    label.geometry = grid;
    return label;
  }
  LabelVolume merged{grid, std::vector<uint8_t>(static_cast<size_t>(grid.voxel_count()), 0)};
  for (const auto& [file, index] : files.masks) {
    const LabelVolume mask = turned_to(grid, read_label(file, notes));
    require_same_grid(grid, files.image.string(), mask.geometry, file.string());
    for (size_t i = 0; i < mask.voxels.size(); ++i) {
      if (mask.voxels[i] != 0) merged.voxels[i] = static_cast<uint8_t>(index);
    }
  }
  return merged;
}

/// The digests of files that this process has read.
FileDigests& remembered_digests() {
  static FileDigests known;
  return known;
}

enum class LabelMoves { with_image, not_at_all };

PreparedCase read_and_prepare(const DatasetDescriptor& descriptor, const CaseFiles& files,
                              const FitConfig& fit, LabelMoves moves) {
  ReadNotes notes;
  std::vector<ImageVolume> channels;
  for (const fs::path& channel : channel_images(files))
    channels.push_back(read_image(channel, &notes));
  LabelVolume label;
  if (files.has_label())
    label = read_label_on(descriptor, files, channels.front().geometry, &notes);
  if (files.deformation) {
    for (ImageVolume& channel : channels) channel = deformed(channel, *files.deformation);
    if (files.has_label() && moves == LabelMoves::with_image)
      label = deformed(label, *files.deformation);
  }
  PreparedCase prepared =
      prepare_case(files.case_id, channels, files.has_label() ? &label : nullptr,
                   channel_preparations(descriptor), fit);
  prepared.notes.insert(prepared.notes.begin(), notes.lines.begin(), notes.lines.end());
  return prepared;
}

}  // namespace

LabelVolume read_case_label(const DatasetDescriptor& descriptor, const CaseFiles& files) {
  return read_case_label(descriptor, files, read_geometry(files.image));
}

LabelVolume read_case_label(const DatasetDescriptor& descriptor, const CaseFiles& files,
                            const Geometry& image_grid, ReadNotes* notes) {
  LabelVolume label = read_label_on(descriptor, files, image_grid, notes);
  return files.deformation ? deformed(label, *files.deformation) : label;
}

LabelVolume copied_template(const DatasetDescriptor& descriptor, const CaseFiles& files,
                            const FitConfig& fit) {
  if (!files.deformation || !files.has_label()) {
    throw DataError(
        "{}: case '{}' is no deformation of a labelled case, so there is no template to copy; "
        "leave it out",
        files.image.string(), files.case_id);
  }
  return read_and_prepare(descriptor, files, fit, LabelMoves::not_at_all).label;
}

std::string content_key(const DatasetDescriptor& descriptor, const CaseFiles& files,
                        const FitConfig& fit) {
  return content_key(descriptor, files, fit, remembered_digests());
}

std::string data_digest(const DatasetDescriptor& descriptor, std::vector<CaseFiles> cases,
                        const FitConfig& fit) {
  return data_digest(descriptor, std::move(cases), fit, remembered_digests());
}

PreparedCase load_case(const DatasetDescriptor& descriptor, const CaseFiles& files,
                       const FitConfig& fit, CaseCache* cache) {
  const auto make = [&] {
    return read_and_prepare(descriptor, files, fit, LabelMoves::with_image);
  };
  if (cache == nullptr) return make();
  const std::string content = content_key(descriptor, files, fit);
  return cache->get(sha256_hex(fmt::format("reading {} of {}", kReadingVersion, content)), make);
}

}  // namespace nmsw::datasets
