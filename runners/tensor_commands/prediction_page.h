#pragma once

#include <string>

#include "datasets/prediction_files.h"

namespace nmsw::runners {

/// A segmented scan as one HTML page to look at (reporting/cases).
///
/// image   the scan, on the label map's grid
std::string prediction_page(const datasets::Prediction& prediction, ImageVolume image);

}  // namespace nmsw::runners
