#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "datasets/formats/label_table.h"
#include "datasets/grid/geometry.h"
#include "nmsw/base/volume.h"

namespace nmsw::datasets {

/// What was odd in a file but could be put right, one line each, beginning with the file's name.
struct ReadNotes {
  std::vector<std::string> lines;
};

/// A 3-D image from NIfTI (.nii, .nii.gz, .hdr/.img), NRRD (.nrrd, .nhdr), MetaImage (.mha, .mhd),
/// an OpenKBP patient's folder (.csv) or a folder of DICOM slices, intensities with the header's
/// slope and intercept applied.
///
/// series   SeriesInstanceUID of the one to read; only for a folder that holds several
///
/// Throws DataError, naming the file and the remedy, when the file is absent, of another kind,
/// truncated or damaged (a gzip stream is checked to its end), has more than one volume (4-D),
/// pixels that are RGB, vector or complex, NaN or infinite voxels, or an impossible geometry. A
/// sheared direction is replaced by the nearest rotation, a file without orientation is taken as
/// axis-aligned; these and other repairs leave a line in `notes`.
ImageVolume read_image(const std::filesystem::path& file, ReadNotes* notes = nullptr,
                       const std::string& series = "");

/// A label map: as read_image, and every voxel must be within 0.01 of a whole number in 0..255.
/// Those that are not quite whole are rounded and leave a line in `notes`.
LabelVolume read_label(const std::filesystem::path& file, ReadNotes* notes = nullptr);

/// Geometry of a file without keeping its voxels (but for NIfTI and OpenKBP they are still read and
/// checked).
Geometry read_geometry(const std::filesystem::path& file, ReadNotes* notes = nullptr);

/// Writes uint8 as .nii, .nii.gz, .nrrd, .seg.nrrd (a segmentation of 3D Slicer) or .mha, whole or
/// not at all.
///
/// like     a file whose grid the label map lies on. NIfTI to NIfTI keeps its header bytes (qform,
///          sform, their codes, units, description), so that the result overlays exactly, a sheared
///          input included.
/// names    stored with their colours where the format has a place: NIfTI (nifti_labels) and
///          .seg.nrrd
/// throws   ConfigError for another file ending; DataError when it cannot be written or `like` has
///          another extent
void write_label(const std::filesystem::path& file, const LabelVolume& label,
                 const std::optional<std::filesystem::path>& like = {},
                 const ClassNames& names = {});

/// Throws what write_label throws for a path that it could not write to: ConfigError for the
/// ending, DataError for the place. Leaves nothing behind.
void require_label_path(const std::filesystem::path& file);

/// How intensities are stored; int16 rounds to the nearest whole number and limits to its range.
enum class ImageStorage { float32, int16 };

/// Writes an image as .nii, .nii.gz, .nrrd or .mha, whole or not at all. Throws as write_label.
void write_image(const std::filesystem::path& file, const ImageVolume& image,
                 ImageStorage storage = ImageStorage::float32);

}  // namespace nmsw::datasets
