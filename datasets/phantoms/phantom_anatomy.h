#pragma once

#include <string>
#include <vector>

#include "nmsw/base/volume.h"

namespace nmsw::datasets {

/// A part of the phantom's body as a task shows it: the grid, what lies in its middle, how much
/// patients differ.
struct PhantomAnatomy {
  std::string name;
  Int3 extent_xyz;
  Real3 spacing_xyz_mm;
  /// Height of the grid's middle, mm.
  double middle_z;
  /// Largest displacement of the field of view, mm.
  Real3 view_shift_mm;
  /// Largest displacement of an organ against the skeleton and its largest relative change of size.
  double organ_shift_mm, organ_growth;
  std::vector<std::string> classes;
};

/// abdomen, organ or vertebrae. Throws ConfigError for another name.
const PhantomAnatomy& phantom_anatomy(const std::string& name);
std::vector<std::string> phantom_anatomy_names();

}  // namespace nmsw::datasets
