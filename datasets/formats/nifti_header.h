#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "datasets/grid/geometry.h"
#include "nmsw/base/volume.h"

namespace nmsw::datasets {

inline constexpr size_t kNiftiHeaderBytes = 348;
inline constexpr size_t kNiftiVoxelOffset = 352;

/// The 348 bytes of a NIfTI-1 header as the standard lays them out, in the machine's byte order.
struct NiftiHeader {
  int32_t sizeof_hdr;
  char data_type[10], db_name[18];
  int32_t extents;
  int16_t session_error;
  char regular, dim_info;
  int16_t dim[8];
  float intent_p1, intent_p2, intent_p3;
  int16_t intent_code, datatype, bitpix, slice_start;
  float pixdim[8];
  float vox_offset, scl_slope, scl_inter;
  int16_t slice_end;
  char slice_code, xyzt_units;
  float cal_max, cal_min, slice_duration, toffset;
  int32_t glmax, glmin;
  char descrip[80], aux_file[24];
  int16_t qform_code, sform_code;
  float quatern_b, quatern_c, quatern_d, qoffset_x, qoffset_y, qoffset_z;
  float srow_x[4], srow_y[4], srow_z[4];
  char intent_name[16], magic[4];
};
static_assert(sizeof(NiftiHeader) == kNiftiHeaderBytes);

/// Scalar voxel types a NIfTI file may hold; the values are the standard's datatype codes.
enum class NiftiType : int16_t {
  uint8 = 2,
  int16 = 4,
  int32 = 8,
  float32 = 16,
  float64 = 64,
  int8 = 256,
  uint16 = 512,
  uint32 = 768,
  int64 = 1024,
  uint64 = 1280
};

/// A header that was checked, with what follows from it.
struct NiftiInfo {
  NiftiHeader header;
  bool byte_swapped = false;
  bool pair = false;  ///< voxels lie in a separate .img file
  NiftiType type = NiftiType::uint8;
  int64_t voxel_bytes = 1;
  int64_t voxel_offset = 0;
  double slope = 1, intercept = 0;
  Geometry geometry;
  std::vector<std::string> notes;
};

/// Checks magic, dimensions, voxel type, offset, spacing and orientation.
///
/// Geometry as nifti_geometry gives it. A slope that is 0 or not finite means "not scaled", as the
/// standard says.
///
/// bytes    the beginning of the (decompressed) file, at least 348 bytes of it
/// throws   DataError naming `file` for what cannot be a single 3-D scalar volume
NiftiInfo parse_nifti_header(std::string_view bytes, const std::string& file);

/// A header for a volume on that grid: qform and sform both set (code 1, scanner), spacing in mm,
/// no scaling.
NiftiHeader make_nifti_header(const Geometry& geometry, NiftiType type);

/// A copy of `like` for other voxels on the same grid, stored in one file without scaling, intent or
/// extensions.
NiftiHeader retyped_nifti_header(const NiftiHeader& like, NiftiType type);

/// The same for a label map of uint8, whose intent says so (NIFTI_INTENT_LABEL): viewers colour by
/// it.
NiftiHeader label_nifti_header(const NiftiHeader& like);

}  // namespace nmsw::datasets
