#include "datasets/image_io.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <limits>
#include <new>

#include "datasets/dicom/dicom_series.h"
#include "datasets/formats/gzip.h"
#include "datasets/formats/nifti_file.h"
#include "datasets/formats/nifti_labels.h"
#include "datasets/formats/nifti_orientation.h"
#include "datasets/formats/nrrd_file.h"
#include "datasets/formats/segmentation_nrrd.h"
#include "datasets/formats/volume_file.h"
#include "datasets/itk/itk_image_file.h"
#include "nmsw/base/atomic_file.h"
#include "nmsw/base/error.h"
#include "nmsw/base/plain_text.h"

namespace nmsw::datasets {
namespace {

namespace fs = std::filesystem;

enum class FileKind { nifti, nifti_gz, nrrd, segmentation, meta };

struct KnownEnding {
  std::string_view text;
  FileKind kind;
};
constexpr std::array<KnownEnding, 5> kWritable{{{".nii.gz", FileKind::nifti_gz},
                                                {".nii", FileKind::nifti},
                                                {".seg.nrrd", FileKind::segmentation},
                                                {".nrrd", FileKind::nrrd},
                                                {".mha", FileKind::meta}}};

bool is_nifti(FileKind kind) { return kind == FileKind::nifti || kind == FileKind::nifti_gz; }

FileKind writable_kind(const fs::path& file) {
  const std::string name = file.filename().string();
  for (const KnownEnding& ending : kWritable) {
    if (has_ending(name, ending.text)) return ending.kind;
  }
  throw ConfigError("{}: unknown file ending; end it in .nii.gz, .nii, .nrrd, .seg.nrrd or .mha",
                    file.string());
}

ImageVolume read_folder(const fs::path& folder, const std::string& series,
                        std::vector<std::string>& notes) {
  ImageVolume image;
  try {
    image = read_dicom_series(folder, series, notes);
  } catch (const std::bad_alloc&) {
    throw DataError("{}: does not fit into memory; the header is damaged or the image too large",
                    folder.string());
  }
  require_finite_voxels(folder, image);
  return image;
}

ImageVolume read_voxels(const fs::path& file, ReadNotes* notes, const std::string& series = "") {
  std::vector<std::string> lines;
  ImageVolume image =
      fs::is_directory(file) ? read_folder(file, series, lines) : read_volume_file(file, lines);
  if (notes != nullptr) notes->lines.insert(notes->lines.end(), lines.begin(), lines.end());
  return image;
}

/// One volume ready to be stored: voxels as bytes in one of the storable types.
struct StoredVolume {
  const Geometry& geometry;
  StoredType type;
  std::string_view voxels;
};

NiftiType nifti_type(StoredType type) {
  switch (type) {
    case StoredType::uint8:
      return NiftiType::uint8;
    case StoredType::int16:
      return NiftiType::int16;
    case StoredType::float32:
      return NiftiType::float32;
  }
  return NiftiType::float32;
}

void write_nifti(const fs::path& file, FileKind kind, const NiftiHeader& header,
                 std::string_view voxels, std::string_view extension = {}) {
  const std::string bytes = nifti_bytes(header, voxels, extension);
  write_text_atomically(file, kind == FileKind::nifti_gz ? gzip(bytes) : bytes);
}

void write_stored(const fs::path& file, FileKind kind, const StoredVolume& volume) {
  if (is_nifti(kind)) {
    return write_nifti(file, kind, make_nifti_header(volume.geometry, nifti_type(volume.type)),
                       volume.voxels);
  }
  if (kind == FileKind::nrrd) {
    return write_text_atomically(file, nrrd_bytes(volume.geometry, volume.type, volume.voxels));
  }
  write_atomically(file, [&](const fs::path& temporary) {
    write_meta_image(temporary, volume.geometry, volume.type, volume.voxels);
  });
}

template <class Voxel>
std::string_view bytes_of(const std::vector<Voxel>& voxels) {
  return {reinterpret_cast<const char*>(voxels.data()), voxels.size() * sizeof(Voxel)};
}

std::vector<int16_t> rounded(const std::vector<float>& voxels) {
  const float low = std::numeric_limits<int16_t>::min();
  const float high = std::numeric_limits<int16_t>::max();
  std::vector<int16_t> result(voxels.size());
  std::transform(voxels.begin(), voxels.end(), result.begin(), [=](float value) {
    return static_cast<int16_t>(std::nearbyint(std::clamp(value, low, high)));
  });
  return result;
}

template <class Voxel>
void require_complete(const fs::path& file, const Volume<Voxel>& volume) {
  if (static_cast<int64_t>(volume.voxels.size()) != volume.geometry.voxel_count() ||
      volume.voxels.empty()) {
    throw ShapeError("{}: {} voxels for a grid of {}", file.string(), volume.voxels.size(),
                     volume.geometry.voxel_count());
  }
}

/// A label map's header, with the bytes of the NIfTI file that it lies on.
NiftiHeader header_for(const fs::path& file, const Geometry& geometry,
                       const std::optional<fs::path>& like) {
  if (!like || !fs::is_regular_file(*like) || volume_kind(*like) != VolumeKind::nifti)
    return label_nifti_header(make_nifti_header(geometry, NiftiType::uint8));
  const NiftiInfo info = read_nifti_header(*like);
  require_same_grid(geometry, "the label map for " + file.string(), info.geometry, like->string());
  NiftiHeader header = label_nifti_header(info.header);
  if (has_damaged_geometry(header)) set_nifti_geometry(header, info.geometry);
  return header;
}

}  // namespace

ImageVolume read_image(const fs::path& file, ReadNotes* notes, const std::string& series) {
  return read_voxels(file, notes, series);
}

LabelVolume read_label(const fs::path& file, ReadNotes* notes) {
  const ImageVolume image = read_voxels(file, notes);
  std::vector<std::string> lines;
  LabelVolume label = as_label(file, image, lines);
  if (notes != nullptr) notes->lines.insert(notes->lines.end(), lines.begin(), lines.end());
  return label;
}

Geometry read_geometry(const fs::path& file, ReadNotes* notes) {
  if (!fs::is_regular_file(file) || !volume_kind(file)) return read_voxels(file, notes).geometry;
  std::vector<std::string> lines;
  const Geometry geometry = read_volume_grid(file, lines);
  if (notes != nullptr) notes->lines.insert(notes->lines.end(), lines.begin(), lines.end());
  return geometry;
}

void write_label(const fs::path& file, const LabelVolume& label,
                 const std::optional<fs::path>& like, const ClassNames& names) {
  require_complete(file, label);
  const FileKind kind = writable_kind(file);
  if (kind == FileKind::segmentation)
    return write_text_atomically(file, segmentation_nrrd(label, names));
  if (!is_nifti(kind)) {
    return write_stored(file, kind, {label.geometry, StoredType::uint8, bytes_of(label.voxels)});
  }
  write_nifti(file, kind, header_for(file, label.geometry, like), bytes_of(label.voxels),
              nifti_label_extension(names.classes));
}

void require_label_path(const fs::path& file) {
  writable_kind(file);
  require_writable(file);
}

void write_image(const fs::path& file, const ImageVolume& image, ImageStorage storage) {
  require_complete(file, image);
  const FileKind kind = writable_kind(file);
  if (kind == FileKind::segmentation) {
    throw ConfigError("{}: .seg.nrrd is for label maps; end the image's name in .nrrd",
                      file.string());
  }
  if (storage == ImageStorage::int16) {
    const std::vector<int16_t> voxels = rounded(image.voxels);
    return write_stored(file, kind, {image.geometry, StoredType::int16, bytes_of(voxels)});
  }
  write_stored(file, kind, {image.geometry, StoredType::float32, bytes_of(image.voxels)});
}

}  // namespace nmsw::datasets
