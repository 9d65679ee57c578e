#include "datasets/formats/nifti_header.h"

#include <algorithm>
#include <cmath>
#include <cstring>
#include <limits>
#include <optional>

#include "datasets/formats/nifti_orientation.h"
#include "nmsw/base/error.h"

namespace nmsw::datasets {
namespace {

constexpr int32_t kNifti2HeaderBytes = 540;

template <class T>
void swap_bytes(T& value) {
  auto* bytes = reinterpret_cast<unsigned char*>(&value);
  std::reverse(bytes, bytes + sizeof(T));
}

void swap_header(NiftiHeader& h) {
  swap_bytes(h.sizeof_hdr);
  swap_bytes(h.extents);
  swap_bytes(h.session_error);
  for (auto& value : h.dim) swap_bytes(value);
  for (auto* value : {&h.intent_code, &h.datatype, &h.bitpix, &h.slice_start, &h.slice_end,
                      &h.qform_code, &h.sform_code}) {
    swap_bytes(*value);
  }
  for (auto* value :
       {&h.intent_p1, &h.intent_p2, &h.intent_p3, &h.vox_offset, &h.scl_slope, &h.scl_inter,
        &h.cal_max, &h.cal_min, &h.slice_duration, &h.toffset, &h.quatern_b, &h.quatern_c,
        &h.quatern_d, &h.qoffset_x, &h.qoffset_y, &h.qoffset_z}) {
    swap_bytes(*value);
  }
  for (auto& value : h.pixdim) swap_bytes(value);
  for (auto* row : {h.srow_x, h.srow_y, h.srow_z}) {
    for (int i = 0; i < 4; ++i) swap_bytes(row[i]);
  }
  swap_bytes(h.glmax);
  swap_bytes(h.glmin);
}

void read_byte_order(NiftiInfo& info, const std::string& file) {
  int32_t swapped = info.header.sizeof_hdr;
  swap_bytes(swapped);
  if (info.header.sizeof_hdr == kNifti2HeaderBytes || swapped == kNifti2HeaderBytes) {
    throw DataError(
        "{}: is NIfTI-2; only NIfTI-1 is read, convert it (nibabel or dcm2niix write NIfTI-1)",
        file);
  }
  info.byte_swapped = swapped == static_cast<int32_t>(kNiftiHeaderBytes);
  if (info.byte_swapped) swap_header(info.header);
  if (info.header.sizeof_hdr != static_cast<int32_t>(kNiftiHeaderBytes)) {
    throw DataError(
        "{}: is not a NIfTI file (its first number is {}, not 348); give a NIfTI, NRRD or MHA "
        "image",
        file, info.header.sizeof_hdr);
  }
  const std::string_view magic(info.header.magic, 4);
  info.pair = magic == std::string_view("ni1\0", 4);
  if (!info.pair && magic != std::string_view("n+1\0", 4)) {
    throw DataError(
        "{}: its magic bytes are neither 'n+1' nor 'ni1' (an ANALYZE 7.5 file has no orientation); "
        "convert "
        "it to NIfTI-1",
        file);
  }
}

void read_extent(NiftiInfo& info, const std::string& file) {
  const NiftiHeader& h = info.header;
  if (h.dim[0] < 1 || h.dim[0] > 7) {
    throw DataError("{}: its header names {} dimensions, expected 3; export the image again", file,
                    h.dim[0]);
  }
  for (int axis = 1; axis <= h.dim[0]; ++axis) {
    if (h.dim[axis] < 1) {
      throw DataError(
          "{}: dimension {} has extent {}; the header is damaged, export the image again", file,
          axis, h.dim[axis]);
    }
    if (axis > 3 && h.dim[axis] > 1) {
      throw DataError(
          "{}: holds {} volumes along dimension {} (4-D or vector image), expected one 3-D volume; "
          "extract one volume first",
          file, h.dim[axis], axis);
    }
  }
  for (int axis = 1; axis <= 3; ++axis) {
    info.geometry.extent_xyz[static_cast<size_t>(axis - 1)] = axis <= h.dim[0] ? h.dim[axis] : 1;
  }
}

std::optional<int64_t> voxel_bytes(int16_t datatype) {
  switch (static_cast<NiftiType>(datatype)) {
    case NiftiType::uint8:
    case NiftiType::int8:
      return 1;
    case NiftiType::int16:
    case NiftiType::uint16:
      return 2;
    case NiftiType::int32:
    case NiftiType::uint32:
    case NiftiType::float32:
      return 4;
    case NiftiType::int64:
    case NiftiType::uint64:
    case NiftiType::float64:
      return 8;
  }
  return std::nullopt;
}

const char* refused_type_name(int16_t datatype) {
  switch (datatype) {
    case 32:
    case 1792:
    case 2048:
      return "complex numbers";
    case 128:
    case 2304:
      return "RGB colours";
    case 1:
      return "single bits";
    case 1536:
      return "128-bit floats";
    default:
      return "of unknown type";
  }
}

void read_voxel_type(NiftiInfo& info, const std::string& file) {
  const NiftiHeader& h = info.header;
  const auto bytes = voxel_bytes(h.datatype);
  if (!bytes) {
    throw DataError(
        "{}: its voxels are {} (NIfTI datatype {}), expected one integer or real number each; "
        "convert it",
        file, refused_type_name(h.datatype), h.datatype);
  }
  if (h.bitpix != *bytes * 8) {
    throw DataError(
        "{}: bitpix {} does not match datatype {} ({} bits); the header is damaged, export the "
        "image again",
        file, h.bitpix, h.datatype, *bytes * 8);
  }
  info.type = static_cast<NiftiType>(h.datatype);
  info.voxel_bytes = *bytes;
  const bool scaled = std::isfinite(h.scl_slope) && h.scl_slope != 0 && std::isfinite(h.scl_inter);
  info.slope = scaled ? h.scl_slope : 1;
  info.intercept = scaled ? h.scl_inter : 0;
}

void read_offset(NiftiInfo& info, const std::string& file) {
  const float offset = info.header.vox_offset;
  constexpr float kLargest = 1e9F;
  const float least = info.pair ? 0.0F : static_cast<float>(kNiftiVoxelOffset);
  // Zero in a single file means "right after the header", as old writers left it.
  const bool after_header = !info.pair && offset == 0;
  if (!after_header && (!std::isfinite(offset) || offset < least || offset > kLargest)) {
    throw DataError(
        "{}: its voxel offset {} is impossible (at least {}); the header is damaged, export the "
        "image again",
        file, offset, least);
  }
  info.voxel_offset =
      after_header ? static_cast<int64_t>(kNiftiVoxelOffset) : static_cast<int64_t>(offset);
}

}  // namespace

NiftiInfo parse_nifti_header(std::string_view bytes, const std::string& file) {
  if (bytes.size() < kNiftiHeaderBytes) {
    throw DataError(
        "{}: holds only {} bytes, a NIfTI header alone has 348; the file is truncated or of "
        "another kind, "
        "copy it again",
        file, bytes.size());
  }
  NiftiInfo info;
  std::memcpy(&info.header, bytes.data(), kNiftiHeaderBytes);
  read_byte_order(info, file);
  read_extent(info, file);
  read_voxel_type(info, file);
  read_offset(info, file);
  const Int3 extent = info.geometry.extent_xyz;
  info.geometry = nifti_geometry(info.header, file, info.notes);
  info.geometry.extent_xyz = extent;
  info.geometry = checked_geometry(info.geometry, file, info.notes);
  return info;
}

NiftiHeader make_nifti_header(const Geometry& geometry, NiftiType type) {
  NiftiHeader h{};
  h.dim[0] = 3;
  for (size_t axis = 0; axis < 3; ++axis) {
    if (geometry.extent_xyz[axis] > std::numeric_limits<int16_t>::max()) {
      throw DataError(
          "an axis of {} voxels does not fit into NIfTI-1 (32767 at most); write .nrrd or .mha "
          "instead",
          geometry.extent_xyz[axis]);
    }
    h.dim[axis + 1] = static_cast<int16_t>(geometry.extent_xyz[axis]);
  }
  for (int axis = 4; axis < 8; ++axis) h.dim[axis] = 1;
  constexpr char kSeconds = 8;
  h.xyzt_units = kSeconds;
  std::strncpy(h.descrip, "nmsw", sizeof(h.descrip) - 1);
  set_nifti_geometry(h, geometry);
  return retyped_nifti_header(h, type);
}

NiftiHeader retyped_nifti_header(const NiftiHeader& like, NiftiType type) {
  NiftiHeader h = like;
  h.sizeof_hdr = static_cast<int32_t>(kNiftiHeaderBytes);
  h.regular = 'r';
  h.datatype = static_cast<int16_t>(type);
  h.bitpix = static_cast<int16_t>(8 * voxel_bytes(h.datatype).value());
  h.vox_offset = static_cast<float>(kNiftiVoxelOffset);
  h.scl_slope = 1;
  h.scl_inter = 0;
  h.cal_min = h.cal_max = 0;
  h.glmin = h.glmax = 0;
  // A vector's or a statistic's meaning is none of other voxels.
  h.intent_code = 0;
  h.intent_p1 = h.intent_p2 = h.intent_p3 = 0;
  std::memset(h.intent_name, 0, sizeof(h.intent_name));
  std::memcpy(h.magic, "n+1\0", 4);
  return h;
}

NiftiHeader label_nifti_header(const NiftiHeader& like) {
  constexpr int16_t kLabelIntent = 1002;
  NiftiHeader h = retyped_nifti_header(like, NiftiType::uint8);
  h.intent_code = kLabelIntent;
  return h;
}

}  // namespace nmsw::datasets
