#pragma once

#include <string>

#include "datasets/formats/label_table.h"
#include "nmsw/base/volume.h"

namespace nmsw::datasets {

/// The bytes of a label map as 3D Slicer stores segmentations (.seg.nrrd): an NRRD whose further
/// fields give each class its name, colour, label value and terminology. A label above the last of
/// `names` is called "class N".
std::string segmentation_nrrd(const LabelVolume& label, const ClassNames& names);

}  // namespace nmsw::datasets
