#pragma once

#include <cstdint>
#include <string_view>
#include <vector>

namespace nmsw::datasets {

/// How a file stores one scalar voxel.
enum class VoxelType { int8, uint8, int16, uint16, int32, uint32, int64, uint64, float32, float64 };

int64_t bytes_of(VoxelType type);

/// How the voxels of a file are stored that is written here.
enum class StoredType { uint8, int16, float32 };

/// What a stored value stands for: slope · value + intercept.
struct Scaling {
  double slope = 1, intercept = 0;
};

/// Voxels of one type that lie one behind the other, as floats.
///
/// byte_swapped   stored in the other byte order than the machine's
std::vector<float> decode_voxels(std::string_view bytes, VoxelType type, bool byte_swapped,
                                 const Scaling& scaling = {});

}  // namespace nmsw::datasets
