#pragma once

#include <array>
#include <string>
#include <vector>

namespace nmsw::datasets {

/// The classes whose names differ in nothing but the word left or right ("kidney_left",
/// "LeftParotid"), or the single letter L or R set off by other characters ("Head_of_femur_L"), the
/// left one first, in the order of the list.
std::vector<std::array<std::string, 2>> left_right_pairs(const std::vector<std::string>& classes);

}  // namespace nmsw::datasets
