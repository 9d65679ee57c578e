#include "datasets/image_io.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <limits>
#include <new>

#include "datasets/dicom/dicom_series.h"
#include "datasets/formats/gzip.h"
#include "datasets/formats/meta_file.h"
#include "datasets/formats/nifti_file.h"
#include "datasets/formats/nifti_labels.h"
#include "datasets/formats/nifti_orientation.h"
#include "datasets/formats/nrrd_file.h"
#include "datasets/formats/openkbp_file.h"
#include "datasets/formats/segmentation_nrrd.h"
#include "datasets/itk/itk_image_file.h"
#include "nmsw/base/atomic_file.h"
#include "nmsw/base/error.h"

namespace nmsw::datasets {
namespace {

namespace fs = std::filesystem;

enum class FileKind { nifti, nifti_gz, nifti_pair, nrrd, segmentation, meta, openkbp };

struct KnownEnding {
  std::string_view text;
  FileKind kind;
};
constexpr std::array<KnownEnding, 11> kReadable{{{".nii.gz", FileKind::nifti_gz},
                                                 {".nii", FileKind::nifti},
                                                 {".hdr.gz", FileKind::nifti_pair},
                                                 {".img.gz", FileKind::nifti_pair},
                                                 {".hdr", FileKind::nifti_pair},
                                                 {".img", FileKind::nifti_pair},
                                                 {".nrrd", FileKind::nrrd},
                                                 {".nhdr", FileKind::nrrd},
                                                 {".mha", FileKind::meta},
                                                 {".mhd", FileKind::meta},
                                                 {".csv", FileKind::openkbp}}};
constexpr std::array<KnownEnding, 5> kWritable{{{".nii.gz", FileKind::nifti_gz},
                                                {".nii", FileKind::nifti},
                                                {".seg.nrrd", FileKind::segmentation},
                                                {".nrrd", FileKind::nrrd},
                                                {".mha", FileKind::meta}}};

template <size_t N>
std::optional<FileKind> kind_of(const fs::path& file, const std::array<KnownEnding, N>& endings) {
  std::string name = file.filename().string();  // its ending may be in upper case
  std::transform(name.begin(), name.end(), name.begin(),
                 [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c; });
  for (const KnownEnding& ending : endings) {
    const size_t size = ending.text.size();
    if (name.size() > size && name.compare(name.size() - size, size, ending.text) == 0)
      return ending.kind;
  }
  return std::nullopt;
}

bool is_nifti(FileKind kind) {
  return kind == FileKind::nifti || kind == FileKind::nifti_gz || kind == FileKind::nifti_pair;
}

FileKind writable_kind(const fs::path& file) {
  const auto kind = kind_of(file, kWritable);
  if (!kind)
    throw ConfigError("{}: unknown file ending; end it in .nii.gz, .nii, .nrrd, .seg.nrrd or .mha",
                      file.string());
  return *kind;
}

ImageVolume read_file_or_folder(const fs::path& file, const std::string& series,
                                std::vector<std::string>& notes) {
  if (!fs::exists(file)) throw DataError("{}: is absent; check the path", file.string());
  if (fs::is_directory(file)) return read_dicom_series(file, series, notes);
  if (!fs::is_regular_file(file))
    throw DataError("{}: is not a file; give an image file", file.string());
  const auto kind = kind_of(file, kReadable);
  if (!kind) {
    throw DataError(
        "{}: unknown kind of image; known endings: .nii, .nii.gz, .hdr/.img, .nrrd, .nhdr, .mha, "
        ".mhd, and .csv of OpenKBP; of DICOM slices give the folder",
        file.string());
  }
  switch (*kind) {
    case FileKind::nrrd:
      return read_nrrd(file, notes);
    case FileKind::meta:
      return read_meta_image(file, notes);
    case FileKind::openkbp:
      return read_openkbp(file, notes);
    default:
      return read_nifti(file, notes);
  }
}

ImageVolume read_voxels(const fs::path& file, ReadNotes* notes, const std::string& series = "") {
  std::vector<std::string> lines;
  ImageVolume image;
  try {
    image = read_file_or_folder(file, series, lines);
  } catch (const std::bad_alloc&) {
    throw DataError("{}: does not fit into memory; the header is damaged or the image too large",
                    file.string());
  }
  if (notes != nullptr) notes->lines.insert(notes->lines.end(), lines.begin(), lines.end());
  const auto bad = std::count_if(image.voxels.begin(), image.voxels.end(),
                                 [](float v) { return !std::isfinite(v); });
  if (bad > 0) {
    throw DataError(
        "{}: {} of {} voxels are not finite (NaN or infinite); replace them, e.g. by the "
        "background value",
        file.string(), bad, image.voxels.size());
  }
  return image;
}

/// How far from a whole number a label id may be: floats and scaled integers are not exact.
constexpr float kLabelRounding = 0.01F;

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
  const bool like_file = like && fs::is_regular_file(*like);
  const auto like_kind = like_file ? kind_of(*like, kReadable) : std::nullopt;
  if (!like_kind || !is_nifti(*like_kind))
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
  if (rounded > 0 && notes != nullptr) {
    notes->lines.push_back(fmt::format(
        "{}: {} of {} label ids are no whole numbers, by {:.2g} at most, and are rounded",
        file.string(), rounded, image.voxels.size(), farthest));
  }
  return label;
}

Geometry read_geometry(const fs::path& file, ReadNotes* notes) {
  const auto kind = fs::is_regular_file(file) ? kind_of(file, kReadable) : std::nullopt;
  if (kind == FileKind::openkbp) return openkbp_geometry(file);
  if (!kind || !is_nifti(*kind)) return read_voxels(file, notes).geometry;
  const NiftiInfo info = read_nifti_header(file);
  if (notes != nullptr)
    notes->lines.insert(notes->lines.end(), info.notes.begin(), info.notes.end());
  return info.geometry;
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
