#pragma once

#include <cstdint>
#include <istream>
#include <string>
#include <vector>

namespace nmsw::datasets {

/// What stands behind the index of a voxel: a finite number, or nothing in the file of a mask.
enum class SparseValues { numbers, nothing };

/// The voxels of a sparse volume in CSV as pandas writes it: the header ",data", then a line
/// "index,value" for each voxel that is listed, in any order. Those that are not listed are
/// `outside`; the listed ones of a mask are 1.
///
/// voxel_count   indices run from 0 below it
///
/// Throws DataError with `file` and the line for another header, what is no such line, an index out
/// of range or listed twice, a value where there must be none, and a last line without an end. An
/// empty list is a mask of nothing, and a fault where values are expected.
std::vector<float> sparse_voxels(std::istream& stream, const std::string& file, SparseValues values,
                                 int64_t voxel_count, float outside);

}  // namespace nmsw::datasets
