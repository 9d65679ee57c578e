#pragma once

#include <array>
#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

namespace nmsw::datasets {

/// The colour of a class, from its name alone: the same class has the same colour in every table
/// and figure. Left and right partners differ.
std::array<uint8_t, 3> class_color(const std::string& class_name);

/// A 3D Slicer colour table (.ctbl): index, name, red, green, blue, alpha; background first. Blanks
/// part its columns, so that those of a name become underscores.
std::string slicer_table(const std::vector<std::string>& classes);
void write_slicer_table(const std::filesystem::path& file, const std::vector<std::string>& classes);

/// An ITK-SNAP label description file for the same classes. Quotation marks in a name become
/// apostrophes.
std::string itksnap_table(const std::vector<std::string>& classes);
void write_itksnap_table(const std::filesystem::path& file,
                         const std::vector<std::string>& classes);

}  // namespace nmsw::datasets
