#pragma once

#include <string>
#include <vector>

#include "reporting/cases/case_page.h"

namespace nmsw::reporting {

/// A part of a grid, and of which of its voxels something is left: every `step`-th.
struct Crop {
  Int3 start_xyz{0, 0, 0}, size_xyz{0, 0, 0};
  int64_t step = 1;
};

/// The box around every voxel that is not background in the label or a prediction, 25 mm wider, and
/// not beyond the scan; the whole scan where all is background.
Crop crop_around_classes(const CasePage& page);

/// What the viewer shows of a prediction beside the label: 0 agreement, 1 missed (the label has a
/// class there, the prediction none), 2 added (the reverse), 3 another class.
LabelVolume difference_map(const LabelVolume& label, const LabelVolume& prediction);

/// 1 on the faces of the boxes, 0 elsewhere.
LabelVolume outline_map(const Geometry& geometry, const std::vector<PatchBox>& patches);

enum class ScanDepth { sixteen_bits, eight_bits };

/// NIfTI-1 files, gzipped, as base64. A label map has intent 1002, by which viewers know it.
std::string scan_file(const CasePage& page, const Crop& crop, ScanDepth depth);
std::string label_file(const LabelVolume& labels, const Crop& crop);

}  // namespace nmsw::reporting
