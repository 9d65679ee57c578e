#include "datasets/formats/meta_header.h"

#include <algorithm>
#include <array>
#include <cmath>

#include "datasets/formats/header_fields.h"
#include "datasets/grid/geometry.h"
#include "nmsw/base/plain_text.h"

namespace nmsw::datasets {
namespace {

constexpr size_t kMostHeaderBytes = size_t{4} << 20;
constexpr int64_t kMostDimensions = 10;
constexpr int64_t kMostSamples = int64_t{1} << 36;
constexpr int64_t kMostBytes = int64_t{1} << 40;

/// The keys of a MetaImage by their first spelling, and the spellings that mean the same.
constexpr std::array<std::pair<const char*, const char*>, 42> kKeys{
    {{"ObjectType", "ObjectType"},
     {"ObjectSubType", "ObjectSubType"},
     {"NDims", "NDims"},
     {"Name", "Name"},
     {"ID", "ID"},
     {"ParentID", "ParentID"},
     {"Comment", "Comment"},
     {"AcquisitionDate", "AcquisitionDate"},
     {"Color", "Color"},
     {"CompressedData", "CompressedData"},
     {"CompressedDataSize", "CompressedDataSize"},
     {"CompressionLevel", "CompressionLevel"},
     {"BinaryData", "BinaryData"},
     {"BinaryDataByteOrderMSB", "BinaryDataByteOrderMSB"},
     {"ElementByteOrderMSB", "BinaryDataByteOrderMSB"},
     {"TransformType", "TransformType"},
     {"TransformMatrix", "TransformMatrix"},
     {"Rotation", "TransformMatrix"},
     {"Orientation", "TransformMatrix"},
     {"Offset", "Offset"},
     {"Position", "Offset"},
     {"Origin", "Offset"},
     {"CenterOfRotation", "CenterOfRotation"},
     {"AnatomicalOrientation", "AnatomicalOrientation"},
     {"DistanceUnits", "DistanceUnits"},
     {"Modality", "Modality"},
     {"SequenceID", "SequenceID"},
     {"HeaderSize", "HeaderSize"},
     {"HeaderSizePerSlice", "HeaderSizePerSlice"},
     {"DimSize", "DimSize"},
     {"ElementSpacing", "ElementSpacing"},
     {"ElementSize", "ElementSize"},
     {"ElementNBits", "ElementNBits"},
     {"ElementType", "ElementType"},
     {"ElementNumberOfChannels", "ElementNumberOfChannels"},
     {"ElementMin", "ElementMin"},
     {"ElementMax", "ElementMax"},
     {"ElementToIntensityFunctionSlope", "ElementToIntensityFunctionSlope"},
     {"ElementToIntensityFunctionOffset", "ElementToIntensityFunctionOffset"},
     {"ImagePosition", "ImagePosition"},
     {"SlicePosition", "SlicePosition"},
     {"ElementDataFile", "ElementDataFile"}}};

constexpr std::array<std::pair<const char*, VoxelType>, 12> kTypes{
    {{"MET_CHAR", VoxelType::int8},
     {"MET_UCHAR", VoxelType::uint8},
     {"MET_SHORT", VoxelType::int16},
     {"MET_USHORT", VoxelType::uint16},
     {"MET_INT", VoxelType::int32},
     {"MET_UINT", VoxelType::uint32},
     {"MET_LONG", VoxelType::int32},
     {"MET_ULONG", VoxelType::uint32},
     {"MET_LONG_LONG", VoxelType::int64},
     {"MET_ULONG_LONG", VoxelType::uint64},
     {"MET_FLOAT", VoxelType::float32},
     {"MET_DOUBLE", VoxelType::float64}}};

[[noreturn]] void fail_no_meta_image(const std::string& file) {
  throw DataError(
      "{}: is not a MetaImage (no complete header up to ElementDataFile); the file is truncated, "
      "damaged or of another kind, copy or export it again",
      file);
}

/// Whether at most so many letters left out, put in or exchanged make one word of the other.
bool within_edits(std::string_view a, std::string_view b, size_t edits) {
  while (!a.empty() && !b.empty() && a[0] == b[0]) {
    a.remove_prefix(1);
    b.remove_prefix(1);
  }
  if (a.empty() || b.empty()) return a.size() + b.size() <= edits;
  return edits > 0 &&
         (within_edits(a.substr(1), b, edits - 1) || within_edits(a, b.substr(1), edits - 1) ||
          within_edits(a.substr(1), b.substr(1), edits - 1));
}

/// Keys that MetaImage does not know, most often a writer's own; near to a known one they are
/// typing errors that would change the image.
void add_unknown(const std::string& key, const HeaderFields& fields,
                 std::vector<std::string>& unknown) {
  constexpr size_t kShortest = 4, kLong = 7;
  const size_t typing_errors = key.size() < kLong ? 1 : 2;
  for (const auto& [name, meant] : kKeys) {
    const bool same = lower_case(name) == lower_case(key);
    if (same || (key.size() >= kShortest && within_edits(name, key, typing_errors)))
      fields.fail(key, fmt::format("is no key of a MetaImage; did you mean {}?", name));
  }
  unknown.push_back(printable(key));
}

void add_line(std::string_view line, HeaderFields& fields, std::vector<std::string>& unknown) {
  const size_t separator = line.find_first_of("=:");
  if (separator == std::string_view::npos) {
    if (trimmed(line).empty()) return;
    fail_no_meta_image(fields.file());
  }
  const std::string name = trimmed(line.substr(0, separator));
  const std::string value = trimmed(line.substr(separator + 1));
  for (const auto& [spelling, meant] : kKeys) {
    if (name != spelling) continue;
    if (std::string_view(meant) != "Comment" || !fields.has(meant)) fields.add(meant, value);
    return;
  }
  add_unknown(name, fields, unknown);
}

/// Returns where the voxels begin.
size_t read_fields(std::string_view bytes, HeaderFields& fields, std::vector<std::string>& notes) {
  std::vector<std::string> unknown;
  size_t at = 0;
  while (!fields.has("ElementDataFile")) {
    const size_t end = bytes.find('\n', at);
    const bool last = end == std::string_view::npos;
    const std::string_view line = bytes.substr(at, last ? end : end - at);
    if (line.empty() && last) fail_no_meta_image(fields.file());
    if (std::min(end, bytes.size()) > kMostHeaderBytes) fail_no_meta_image(fields.file());
    add_line(line, fields, unknown);
    at = last ? bytes.size() : end + 1;
  }
  if (!unknown.empty()) {
    constexpr size_t kShown = 5;
    const size_t count = unknown.size();
    unknown.resize(std::min(count, kShown));
    notes.push_back(fmt::format("{}: {} keys that MetaImage does not know are not used: {}{}",
                                fields.file(), count, fmt::join(unknown, ", "),
                                count > kShown ? ", ..." : ""));
  }
  return at;
}

bool flag(const HeaderFields& fields, const std::string& key, bool otherwise) {
  if (!fields.has(key)) return otherwise;
  const std::string value = lower_case(fields.text(key));
  if (value == "true" || value == "t" || value == "1") return true;
  if (value == "false" || value == "f" || value == "0") return false;
  fields.fail(key, "is neither True nor False");
}

VoxelType voxel_type(const HeaderFields& fields) {
  for (const auto& [name, type] : kTypes) {
    if (fields.text("ElementType") == name) return type;
  }
  fields.fail("ElementType", "is not one integer or real number for each voxel");
}

/// Fields that other programs may use and that would make the voxels mean something else.
void require_plain_voxels(const HeaderFields& fields) {
  if (fields.has("ObjectType") && fields.text("ObjectType") != "Image")
    fields.fail("ObjectType", "is not Image");
  if (fields.has("ElementNumberOfChannels")) {
    const int64_t channels = fields.whole("ElementNumberOfChannels", 1, kMostSamples);
    if (channels > 1) {
      throw DataError(
          "{}: its voxels are vectors of {} numbers, expected one number each; convert it to a "
          "scalar image",
          fields.file(), channels);
    }
  }
  const auto require = [&](const char* key, double value) {
    if (fields.has(key) && fields.finite_numbers(key, 1)[0] != value)
      fields.fail(key, "asks for stored values to be rescaled, which is not supported");
  };
  require("ElementToIntensityFunctionSlope", 1);
  require("ElementToIntensityFunctionOffset", 0);
  if (fields.has("HeaderSizePerSlice") && fields.whole("HeaderSizePerSlice", 0, kMostBytes) != 0)
    fields.fail("HeaderSizePerSlice", "is not supported");
  if (fields.has("DistanceUnits")) {
    const std::string unit = lower_case(fields.text("DistanceUnits"));
    if (unit != "mm" && unit != "?" && !unit.empty()) fields.fail("DistanceUnits", "is not mm");
  }
}

/// Negative where the voxels run against the direction.
std::vector<double> spacings(const HeaderFields& fields, size_t dimensions) {
  if (fields.has("ElementSpacing")) return fields.finite_numbers("ElementSpacing", dimensions);
  if (fields.has("ElementSize")) return fields.finite_numbers("ElementSize", dimensions);
  return std::vector<double>(dimensions, 1.0);
}

/// The matrix lists the direction of one axis after the other.
std::vector<double> directions(const HeaderFields& fields, size_t n) {
  constexpr double kRounding = 1e-3;
  std::vector<double> matrix(n * n, 0.0);
  for (size_t axis = 0; axis < n; ++axis) matrix[axis * n + axis] = 1;
  if (fields.has("TransformMatrix")) matrix = fields.finite_numbers("TransformMatrix", n * n);
  for (size_t axis = 0; axis < n; ++axis) {
    double square = 0;
    for (size_t row = 0; row < n; ++row) {
      const double cosine = matrix[axis * n + row];
      square += cosine * cosine;
      if ((axis < 3) != (row < 3) && cosine != 0)
        fields.fail("TransformMatrix", "mixes space with another dimension");
    }
    if (std::abs(std::sqrt(square) - 1) > kRounding)
      fields.fail("TransformMatrix", "is no rotation (its directions must have length 1)");
  }
  return matrix;
}

Geometry geometry_of(const HeaderFields& fields, std::vector<std::string>& notes) {
  const auto n = static_cast<size_t>(fields.whole("NDims", 2, kMostDimensions));
  const std::vector<int64_t> sizes = fields.whole_numbers("DimSize", n, 1, kMostSamples);
  for (size_t axis = 3; axis < n; ++axis) {
    if (sizes[axis] == 1) continue;
    throw DataError(
        "{}: holds {} volumes along dimension {} (4-D image), expected one 3-D volume; extract one "
        "volume first",
        fields.file(), sizes[axis], axis + 1);
  }
  const std::vector<double> spacing = spacings(fields, n), direction = directions(fields, n);
  std::vector<double> origin(n, 0.0);
  if (fields.has("Offset")) origin = fields.finite_numbers("Offset", n);
  Geometry geometry;
  geometry.extent_xyz = {1, 1, 1};
  for (size_t axis = 0; axis < std::min<size_t>(3, n); ++axis) {
    geometry.extent_xyz[axis] = sizes[axis];
    geometry.spacing_xyz_mm[axis] = std::abs(spacing[axis]);
    geometry.origin_lps_mm[axis] = origin[axis];
    for (size_t row = 0; row < std::min<size_t>(3, n); ++row) {
      geometry.direction_lps[row * 3 + axis] =
          (spacing[axis] < 0 ? -1 : 1) * direction[axis * n + row];
    }
  }
  if (std::any_of(spacing.begin(),
                  spacing.begin() + static_cast<std::ptrdiff_t>(std::min<size_t>(3, n)),
                  [](double s) { return s < 0; })) {
    notes.push_back(
        fmt::format("{}: a negative ElementSpacing turns its axis, as in ITK", fields.file()));
  }
  return checked_geometry(geometry, fields.file(), notes);
}

void read_data_place(const HeaderFields& fields, MetaHeader& header) {
  const std::string& source = fields.text("ElementDataFile");
  if (source.empty()) fields.fail("ElementDataFile", "names no file");
  const bool local = lower_case(source) == "local";
  if (!local) header.data_file = source;
  if (fields.has("HeaderSize")) header.skipped_bytes = fields.whole("HeaderSize", -1, kMostBytes);
  if (!local || header.skipped_bytes <= 0) return;
  // It counts from the beginning of the file.
  if (header.skipped_bytes != static_cast<int64_t>(header.header_bytes))
    fields.fail("HeaderSize",
                fmt::format("is not where the header ends ({})", header.header_bytes));
  header.skipped_bytes = 0;
}

}  // namespace

MetaHeader parse_meta_header(std::string_view bytes, const std::string& file) {
  HeaderFields fields(file);
  MetaHeader header;
  header.header_bytes = read_fields(bytes, fields, header.notes);
  require_plain_voxels(fields);
  header.type = voxel_type(fields);
  header.binary = flag(fields, "BinaryData", true);
  header.compressed = flag(fields, "CompressedData", false);
  header.byte_swapped = flag(fields, "BinaryDataByteOrderMSB", false);
  if (fields.has("CompressedDataSize"))
    header.compressed_bytes = fields.whole("CompressedDataSize", 0, kMostBytes);
  read_data_place(fields, header);
  if (header.compressed && !header.binary)
    fields.fail("CompressedData", "stands beside BinaryData = False");
  if (header.skipped_bytes < 0 && (header.compressed || !header.binary))
    fields.fail("HeaderSize", "needs binary voxels that are not compressed");
  header.geometry = geometry_of(fields, header.notes);
  return header;
}

}  // namespace nmsw::datasets
