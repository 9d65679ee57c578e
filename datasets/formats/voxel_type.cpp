#include "datasets/formats/voxel_type.h"

#include <algorithm>
#include <array>
#include <cstring>

namespace nmsw::datasets {
namespace {

template <class Stored>
std::vector<float> decode_as(std::string_view bytes, bool byte_swapped, const Scaling& scaling) {
  std::vector<float> voxels(bytes.size() / sizeof(Stored));
  const bool plain = scaling.slope == 1 && scaling.intercept == 0;
  for (size_t i = 0; i < voxels.size(); ++i) {
    std::array<char, sizeof(Stored)> raw;
    std::memcpy(raw.data(), bytes.data() + i * sizeof(Stored), sizeof(Stored));
    if (byte_swapped) std::reverse(raw.begin(), raw.end());
    Stored stored;
    std::memcpy(&stored, raw.data(), sizeof(Stored));
    voxels[i] =
        plain ? static_cast<float>(stored)
              : static_cast<float>(static_cast<double>(stored) * scaling.slope + scaling.intercept);
  }
  return voxels;
}

}  // namespace

int64_t bytes_of(VoxelType type) {
  switch (type) {
    case VoxelType::int8:
    case VoxelType::uint8:
      return 1;
    case VoxelType::int16:
    case VoxelType::uint16:
      return 2;
    case VoxelType::int32:
    case VoxelType::uint32:
    case VoxelType::float32:
      return 4;
    case VoxelType::int64:
    case VoxelType::uint64:
    case VoxelType::float64:
      return 8;
  }
  return 8;
}

std::vector<float> decode_voxels(std::string_view bytes, VoxelType type, bool byte_swapped,
                                 const Scaling& scaling) {
  switch (type) {
    case VoxelType::int8:
      return decode_as<int8_t>(bytes, byte_swapped, scaling);
    case VoxelType::uint8:
      return decode_as<uint8_t>(bytes, byte_swapped, scaling);
    case VoxelType::int16:
      return decode_as<int16_t>(bytes, byte_swapped, scaling);
    case VoxelType::uint16:
      return decode_as<uint16_t>(bytes, byte_swapped, scaling);
    case VoxelType::int32:
      return decode_as<int32_t>(bytes, byte_swapped, scaling);
    case VoxelType::uint32:
      return decode_as<uint32_t>(bytes, byte_swapped, scaling);
    case VoxelType::int64:
      return decode_as<int64_t>(bytes, byte_swapped, scaling);
    case VoxelType::uint64:
      return decode_as<uint64_t>(bytes, byte_swapped, scaling);
    case VoxelType::float32:
      return decode_as<float>(bytes, byte_swapped, scaling);
    case VoxelType::float64:
      return decode_as<double>(bytes, byte_swapped, scaling);
  }
  return {};
}

}  // namespace nmsw::datasets
