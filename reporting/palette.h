#pragma once

#include <cstdint>
#include <string>

namespace nmsw::reporting {

/// Colours of Okabe and Ito, told apart with every kind of colour blindness; "#rrggbb", repeating
/// after seven.
std::string series_colour(size_t index);

/// The colour of a backbone or of a method: the same in every figure.
std::string backbone_colour(const std::string& backbone);
std::string method_colour(const std::string& method, const std::string& class_weight);

/// The colour of a class index as nmsw/base/class_colour gives it.
std::string class_colour(int64_t class_index);

/// The colour of a value on a scale from 0 (dark) to 1 (light), even in lightness: viridis.
std::string scale_colour(double share);

}  // namespace nmsw::reporting
