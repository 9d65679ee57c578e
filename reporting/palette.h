#pragma once

#include <cstdint>
#include <string>

namespace nmsw::reporting {

/// Colours that are told apart by those who cannot tell red from green too, on a white ground;
/// "#rrggbb", repeating after series_colour_count().
std::string series_colour(size_t index);
/// What stands for it on a dark ground.
std::string dark_series_colour(size_t index);
size_t series_colour_count();

/// The colour of a backbone or of a method: the same in every figure.
std::string backbone_colour(const std::string& backbone);
std::string method_colour(const std::string& method, const std::string& class_weight);

/// The colour of a class index as nmsw/base/class_colour gives it.
std::string class_colour(int64_t class_index);

/// The colour of a value on a scale from 0 (dark) to 1 (light), even in lightness: viridis.
std::string scale_colour(double share);

}  // namespace nmsw::reporting
