#include "datasets/formats/nrrd_header.h"

#include <algorithm>
#include <array>

#include "datasets/formats/header_fields.h"
#include "datasets/formats/nrrd_geometry.h"
#include "nmsw/base/error.h"
#include "nmsw/base/plain_text.h"

namespace nmsw::datasets {
namespace {

constexpr size_t kMostHeaderBytes = size_t{4} << 20;
constexpr int64_t kMostSkipped = int64_t{1} << 40;

/// The fields of the format by their first spelling, and the spellings that mean the same.
constexpr std::array<std::pair<const char*, const char*>, 45> kFields{
    {{"content", "content"},
     {"number", "number"},
     {"type", "type"},
     {"block size", "block size"},
     {"blocksize", "block size"},
     {"dimension", "dimension"},
     {"space", "space"},
     {"space dimension", "space dimension"},
     {"spacedimension", "space dimension"},
     {"sizes", "sizes"},
     {"spacings", "spacings"},
     {"thicknesses", "thicknesses"},
     {"axis mins", "axis mins"},
     {"axismins", "axis mins"},
     {"axis maxs", "axis maxs"},
     {"axismaxs", "axis maxs"},
     {"space directions", "space directions"},
     {"spacedirections", "space directions"},
     {"centers", "centerings"},
     {"centerings", "centerings"},
     {"kinds", "kinds"},
     {"labels", "labels"},
     {"units", "units"},
     {"min", "min"},
     {"max", "max"},
     {"old min", "old min"},
     {"oldmin", "old min"},
     {"old max", "old max"},
     {"oldmax", "old max"},
     {"endian", "endian"},
     {"encoding", "encoding"},
     {"line skip", "line skip"},
     {"lineskip", "line skip"},
     {"byte skip", "byte skip"},
     {"byteskip", "byte skip"},
     {"sample units", "sample units"},
     {"sampleunits", "sample units"},
     {"space units", "space units"},
     {"spaceunits", "space units"},
     {"space origin", "space origin"},
     {"spaceorigin", "space origin"},
     {"measurement frame", "measurement frame"},
     {"measurementframe", "measurement frame"},
     {"data file", "data file"},
     {"datafile", "data file"}}};

constexpr std::array<std::pair<const char*, VoxelType>, 38> kTypes{
    {{"signed char", VoxelType::int8},
     {"int8", VoxelType::int8},
     {"int8_t", VoxelType::int8},
     {"uchar", VoxelType::uint8},
     {"unsigned char", VoxelType::uint8},
     {"uint8", VoxelType::uint8},
     {"uint8_t", VoxelType::uint8},
     {"short", VoxelType::int16},
     {"short int", VoxelType::int16},
     {"signed short", VoxelType::int16},
     {"signed short int", VoxelType::int16},
     {"int16", VoxelType::int16},
     {"int16_t", VoxelType::int16},
     {"ushort", VoxelType::uint16},
     {"unsigned short", VoxelType::uint16},
     {"unsigned short int", VoxelType::uint16},
     {"uint16", VoxelType::uint16},
     {"uint16_t", VoxelType::uint16},
     {"int", VoxelType::int32},
     {"signed int", VoxelType::int32},
     {"int32", VoxelType::int32},
     {"int32_t", VoxelType::int32},
     {"uint", VoxelType::uint32},
     {"unsigned int", VoxelType::uint32},
     {"uint32", VoxelType::uint32},
     {"uint32_t", VoxelType::uint32},
     {"longlong", VoxelType::int64},
     {"long long", VoxelType::int64},
     {"long long int", VoxelType::int64},
     {"signed long long", VoxelType::int64},
     {"signed long long int", VoxelType::int64},
     {"int64", VoxelType::int64},
     {"int64_t", VoxelType::int64},
     {"ulonglong", VoxelType::uint64},
     {"unsigned long long", VoxelType::uint64},
     {"unsigned long long int", VoxelType::uint64},
     {"uint64", VoxelType::uint64},
     {"uint64_t", VoxelType::uint64}}};

const char* canonical_field(const std::string& name) {
  for (const auto& [spelling, field] : kFields) {
    if (name == spelling) return field;
  }
  return nullptr;
}

[[noreturn]] void fail_no_nrrd(const std::string& file) {
  throw DataError(
      "{}: is not a NRRD file of version 1 to 5; the file is truncated, damaged or of another "
      "kind, "
      "copy or export it again",
      file);
}

/// The next line without its end; `at` moves behind it. Throws where the header is too long.
std::string_view next_line(std::string_view bytes, size_t& at, const std::string& file) {
  const size_t end = std::min(bytes.size(), bytes.find('\n', at));
  if (end > kMostHeaderBytes) {
    throw DataError(
        "{}: its header is longer than {} bytes; the file is damaged or of another kind", file,
        kMostHeaderBytes);
  }
  std::string_view line = bytes.substr(at, end - at);
  at = std::min(bytes.size(), end + 1);
  if (!line.empty() && line.back() == '\r') line.remove_suffix(1);
  return line;
}

void add_line(std::string_view line, HeaderFields& fields) {
  if (line[0] == '#') return;
  const size_t colon = line.find(':');
  const bool pair = colon != std::string_view::npos && line.substr(colon, 2) == ":=";
  if (pair) return;  // a user's key and value
  const std::string name =
      colon == std::string_view::npos ? "" : lower_case(trimmed(line.substr(0, colon)));
  if (const char* field = canonical_field(name)) {
    return fields.add(field, trimmed(line.substr(colon + 1)));
  }
  if (line.find(":=") != std::string_view::npos) return;
  fields.fail(trimmed(line.substr(0, std::min<size_t>(40, line.find(':')))),
              "is no line of a NRRD header");
}

/// Fields up to the empty line or the end; returns where the data begin.
size_t read_fields(std::string_view bytes, HeaderFields& fields) {
  size_t at = 0;
  const std::string_view magic = next_line(bytes, at, fields.file());
  const bool numbered = magic.size() == 8 && magic.substr(0, 7) == "NRRD000";
  const bool known = numbered ? magic[7] >= '1' && magic[7] <= '5' : magic == "NRRD00.01";
  if (!known) fail_no_nrrd(fields.file());
  while (at < bytes.size()) {
    const std::string_view line = next_line(bytes, at, fields.file());
    if (line.empty()) return at;
    add_line(line, fields);
  }
  if (!fields.has("data file")) fail_no_nrrd(fields.file());
  return at;
}

VoxelType voxel_type(const HeaderFields& fields) {
  std::string name;
  for (const std::string& word : words_of(lower_case(fields.text("type"))))
    name += (name.empty() ? "" : " ") + word;
  if (name == "float") return VoxelType::float32;
  if (name == "double") return VoxelType::float64;
  for (const auto& [spelling, type] : kTypes) {
    if (name == spelling) return type;
  }
  fields.fail("type", "is none of the integer and floating-point types");
}

NrrdEncoding voxel_encoding(const HeaderFields& fields) {
  const std::string name = lower_case(fields.text("encoding"));
  if (name == "raw") return NrrdEncoding::raw;
  if (name == "txt" || name == "text" || name == "ascii") return NrrdEncoding::text;
  if (name == "hex") return NrrdEncoding::hex;
  if (name == "gz" || name == "gzip") return NrrdEncoding::gzip;
  fields.fail("encoding", "is not supported (raw, gzip, text and hex are)");
}

bool is_byte_swapped(const HeaderFields& fields, const NrrdHeader& header) {
  const bool matters = bytes_of(header.type) > 1 && header.encoding != NrrdEncoding::text;
  if (!fields.has("endian") && !matters) return false;
  const std::string name = lower_case(fields.text("endian"));
  if (name != "little" && name != "big") fields.fail("endian", "is neither little nor big");
  return matters && name == "big";
}

void read_skips(const HeaderFields& fields, NrrdHeader& header) {
  if (fields.has("line skip")) header.line_skip = fields.whole("line skip", 0, kMostSkipped);
  if (!fields.has("byte skip")) return;
  header.byte_skip = fields.whole("byte skip", -1, kMostSkipped);
  if (header.byte_skip < 0 && header.encoding != NrrdEncoding::raw)
    fields.fail("byte skip", "needs the encoding raw");
}

}  // namespace

NrrdHeader parse_nrrd_header(std::string_view bytes, const std::string& file) {
  HeaderFields fields(file);
  NrrdHeader header;
  header.header_bytes = read_fields(bytes, fields);
  header.type = voxel_type(fields);
  header.encoding = voxel_encoding(fields);
  header.byte_swapped = is_byte_swapped(fields, header);
  read_skips(fields, header);
  if (fields.has("data file")) {
    header.data_file = fields.text("data file");
    if (header.data_file.empty()) fields.fail("data file", "names no file");
  }
  header.geometry = nrrd_geometry(fields, header.notes);
  return header;
}

}  // namespace nmsw::datasets
