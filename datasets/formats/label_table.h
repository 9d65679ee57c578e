#pragma once

#include <string>
#include <vector>

namespace nmsw::datasets {

/// The foreground classes of a label map in index order, from 1, and the data set that gave them
/// their names. Empty: not known.
struct ClassNames {
  std::string data_set;
  std::vector<std::string> classes;
};

/// A 3D Slicer colour table (.ctbl): index, name, red, green, blue, alpha; background first. Blanks
/// part its columns, so that those of a name become underscores.
std::string slicer_table(const std::vector<std::string>& classes);

/// An ITK-SNAP label description file for the same classes. Quotation marks in a name become
/// apostrophes.
std::string itksnap_table(const std::vector<std::string>& classes);

}  // namespace nmsw::datasets
