#include "datasets/formats/volume_file.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <new>
#include <string_view>

#include "datasets/formats/meta_file.h"
#include "datasets/formats/nifti_file.h"
#include "datasets/formats/nrrd_file.h"
#include "datasets/formats/openkbp_file.h"
#include "nmsw/base/error.h"
#include "nmsw/base/plain_text.h"

namespace nmsw::datasets {
namespace {

namespace fs = std::filesystem;

struct ReadableEnding {
  std::string_view text;
  VolumeKind kind;
};
constexpr std::array<ReadableEnding, 11> kReadableEndings{{{".nii.gz", VolumeKind::nifti},
                                                           {".nii", VolumeKind::nifti},
                                                           {".hdr.gz", VolumeKind::nifti},
                                                           {".img.gz", VolumeKind::nifti},
                                                           {".hdr", VolumeKind::nifti},
                                                           {".img", VolumeKind::nifti},
                                                           {".nrrd", VolumeKind::nrrd},
                                                           {".nhdr", VolumeKind::nrrd},
                                                           {".mha", VolumeKind::meta},
                                                           {".mhd", VolumeKind::meta},
                                                           {".csv", VolumeKind::openkbp}}};

std::optional<ReadableEnding> known_ending(const fs::path& file) {
  const std::string name = file.filename().string();
  for (const ReadableEnding& ending : kReadableEndings) {
    if (has_ending(name, ending.text)) return ending;
  }
  return std::nullopt;
}

/// How far from a whole number a label id may be: floats and scaled integers are not exact.
constexpr float kLabelRounding = 0.01F;

VolumeKind known_kind(const fs::path& file) {
  if (!fs::exists(file)) throw DataError("{}: is absent; check the path", file.string());
  if (!fs::is_regular_file(file))
    throw DataError("{}: is not a file; give an image file", file.string());
  if (const auto kind = volume_kind(file)) return *kind;
  throw DataError(
      "{}: unknown kind of image; known endings: .nii, .nii.gz, .hdr/.img, .nrrd, .nhdr, .mha, "
      ".mhd, and .csv of OpenKBP; of DICOM slices give the folder",
      file.string());
}

ImageVolume read_by_kind(const fs::path& file, std::vector<std::string>& notes) {
  switch (known_kind(file)) {
    case VolumeKind::nrrd:
      return read_nrrd(file, notes);
    case VolumeKind::meta:
      return read_meta_image(file, notes);
    case VolumeKind::openkbp:
      return read_openkbp(file, notes);
    case VolumeKind::nifti:
      break;
  }
  return read_nifti(file, notes);
}

[[noreturn]] void fail_label(const fs::path& file, const Geometry& geometry, int64_t index,
                             float value) {
  const Int3& extent = geometry.extent_xyz;
  throw DataError(
      "{}: voxel ({},{},{}) has value {}, a label map holds whole numbers 0..255; is this an "
      "image, or must "
      "its ids be remapped?",
      file.string(), index % extent[0], index / extent[0] % extent[1],
      index / (extent[0] * extent[1]), value);
}

}  // namespace

std::string readable_ending(const fs::path& file) {
  const auto known = known_ending(file);
  return known ? std::string(known->text) : "";
}

std::optional<VolumeKind> volume_kind(const fs::path& file) {
  const auto known = known_ending(file);
  return known ? std::optional(known->kind) : std::nullopt;
}

ImageVolume read_volume_file(const fs::path& file, std::vector<std::string>& notes) {
  ImageVolume image;
  try {
    image = read_by_kind(file, notes);
  } catch (const std::bad_alloc&) {
    throw DataError("{}: does not fit into memory; the header is damaged or the image too large",
                    file.string());
  }
  require_finite_voxels(file, image);
  return image;
}

void require_finite_voxels(const fs::path& file, const ImageVolume& image) {
  const auto bad = std::count_if(image.voxels.begin(), image.voxels.end(),
                                 [](float v) { return !std::isfinite(v); });
  if (bad == 0) return;
  throw DataError(
      "{}: {} of {} voxels are not finite (NaN or infinite); replace them, e.g. by the "
      "background value",
      file.string(), bad, image.voxels.size());
}

LabelVolume as_label(const fs::path& file, const ImageVolume& image,
                     std::vector<std::string>& notes) {
  LabelVolume label;
  label.geometry = image.geometry;
  label.voxels.resize(image.voxels.size());
  int64_t rounded = 0;
  float farthest = 0;
  for (size_t i = 0; i < image.voxels.size(); ++i) {
    const float value = image.voxels[i], whole = std::round(value);
    const float off = std::abs(value - whole);
    if (!(whole >= 0 && whole <= 255) || off > kLabelRounding) {
      fail_label(file, image.geometry, static_cast<int64_t>(i), value);
    }
    label.voxels[i] = static_cast<uint8_t>(whole);
    if (off > 0) ++rounded;
    farthest = std::max(farthest, off);
  }
  if (rounded > 0) {
    notes.push_back(fmt::format(
        "{}: {} of {} label ids are no whole numbers, by {:.2g} at most, and are rounded",
        file.string(), rounded, image.voxels.size(), farthest));
  }
  return label;
}

Geometry read_volume_grid(const fs::path& file, std::vector<std::string>& notes) {
  const VolumeKind kind = known_kind(file);
  if (kind == VolumeKind::openkbp) return openkbp_geometry(file);
  if (kind != VolumeKind::nifti) return read_volume_file(file, notes).geometry;
  const NiftiInfo info = read_nifti_header(file);
  notes.insert(notes.end(), info.notes.begin(), info.notes.end());
  return info.geometry;
}

}  // namespace nmsw::datasets
