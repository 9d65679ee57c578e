#pragma once

#include <array>
#include <cstdint>

namespace nmsw {

/// Red, green and blue of a class, the same in every file, table and figure; background (0) is
/// black. The 255 colours all differ. The lower the largest index, the better its colours are told
/// apart, with every kind of colour blindness too.
std::array<uint8_t, 3> class_colour(int64_t class_index);

}  // namespace nmsw
