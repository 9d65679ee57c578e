#include "datasets/formats/sparse_csv.h"

#include <cmath>
#include <string_view>

#include "datasets/formats/bounded_lines.h"
#include "datasets/formats/header_fields.h"
#include "nmsw/base/error.h"
#include "nmsw/base/plain_text.h"

namespace nmsw::datasets {
namespace {

constexpr std::string_view kByteOrderMark = "\xEF\xBB\xBF";

void require_header(BoundedLines& lines, const std::string& file) {
  std::string_view line;
  if (!lines.next(line)) throw DataError("{}: is empty; fetch it again", file);
  if (line.substr(0, kByteOrderMark.size()) == kByteOrderMark)
    line.remove_prefix(kByteOrderMark.size());
  if (line != ",data") {
    lines.fail(fmt::format("begins with '{}' and not with the header ',data'; fetch it again",
                           printable_word(line)));
  }
}

/// The number behind the comma.
float number_of(std::string_view text, const BoundedLines& lines) {
  const auto value = real_number(text);
  if (!value || !std::isfinite(*value)) {
    lines.fail(
        fmt::format("'{}' is no finite number, but each listed voxel of an image has one; "
                    "fetch the file again",
                    printable_word(text)));
  }
  return static_cast<float>(*value);
}

float value_of(std::string_view text, SparseValues values, const BoundedLines& lines) {
  if (values == SparseValues::numbers) return number_of(text, lines);
  if (!text.empty()) {
    lines.fail(
        fmt::format("'{}' stands behind the index, but a mask lists indices alone, each "
                    "with a comma; is this an image?",
                    printable_word(text)));
  }
  return 1;
}

}  // namespace

std::vector<float> sparse_voxels(std::istream& stream, const std::string& file, SparseValues values,
                                 int64_t voxel_count, float outside) {
  BoundedLines lines(stream, file);
  require_header(lines, file);
  std::vector<float> voxels(static_cast<size_t>(voxel_count), outside);
  std::vector<bool> listed(voxels.size(), false);
  int64_t count = 0;
  for (std::string_view line; lines.next(line); ++count) {
    const size_t comma = line.find(',');
    const auto index =
        comma == std::string_view::npos ? std::nullopt : whole_number(line.substr(0, comma));
    if (!index) {
      lines.fail(
          fmt::format("'{}' is no line 'index,value'; fetch the file again", printable_word(line)));
    }
    if (*index < 0 || *index >= voxel_count) {
      lines.fail(fmt::format("index {} is not in 0..{}; is this volume of another extent?", *index,
                             voxel_count - 1));
    }
    const auto at = static_cast<size_t>(*index);
    if (listed[at]) {
      lines.fail(
          fmt::format("index {} is listed twice; which line counts is unclear, fetch the "
                      "file again",
                      *index));
    }
    listed[at] = true;
    voxels[at] = value_of(line.substr(comma + 1), values, lines);
  }
  if (count == 0 && values == SparseValues::numbers)
    throw DataError("{}: lists no voxel; fetch it again", file);
  return voxels;
}

}  // namespace nmsw::datasets
