#pragma once

#include <vector>

#include "datasets/preparation/preprocess.h"
#include "results/records.h"

namespace nmsw::runners {

/// Number of patches of the predictions that are shown, where it is evaluated.
inline constexpr const char* kShownK = "5";

/// An axial and a coronal plane through the case, where the label is fullest, for the figures. A
/// case without label has none.
///
/// prediction   on the prepared grid; null where there is none
/// k            the prediction's
std::vector<results::CaseSlice> case_slices(const datasets::PreparedCase& prepared,
                                            const LabelVolume* prediction, const std::string& k);

}  // namespace nmsw::runners
