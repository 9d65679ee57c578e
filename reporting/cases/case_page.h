#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "nmsw/base/volume.h"

namespace nmsw::reporting {

/// Scores of a prediction in one class; empty where undefined or not known.
struct ClassScore {
  int64_t class_index = 0;
  std::optional<double> dsc, nsd;
};

/// A patch in voxels of the scan's grid.
struct PatchBox {
  Int3 start_xyz{0, 0, 0}, size_xyz{0, 0, 0};
};

/// What one method made of a case.
struct CasePrediction {
  std::string name;  // of the method, as the tables call it
  LabelVolume classes;
  std::vector<ClassScore> scores{};
  std::vector<PatchBox> patches{};
};

struct CaseClass {
  int64_t index = 0;
  std::string name;
};

/// A case to look at. All volumes lie on the scan's grid.
struct CasePage {
  std::string title;
  ImageVolume scan;
  /// Intensities shown black and white.
  double window_low = -160, window_high = 240;
  std::optional<LabelVolume> label{};
  std::vector<CasePrediction> predictions{};
  /// Foreground classes in the order of the list.
  std::vector<CaseClass> classes{};
  /// Of the tolerance, the source, the patches: one sentence each.
  std::vector<std::string> notes{};
};

/// One HTML page that loads nothing: a viewer (NiiVue) with scan, label, each prediction, its
/// differences from the label and its patches, switched by keys, and a table of the classes with
/// DSC, NSD and ml, which is there without script too. Volumes are cropped to the classes with a
/// margin, stored as int16 and uint8 and deflated. Integer intensities are kept exactly, others to
/// 1/65000 of their range. Where the page would be larger than `most_bytes`, the scan is kept in 256
/// steps of the window, then every second voxel is left out; a note says so. The same case gives the
/// same text.
///
/// throws ShapeError where a volume has another size than the scan
std::string render_case_page(const CasePage& page, size_t most_bytes = size_t{15} << 20U);

}  // namespace nmsw::reporting
