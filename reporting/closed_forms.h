#pragma once

#include <optional>
#include <string>

#include "nmsw/cost/cost.h"
#include "reporting/labels.h"

namespace nmsw::reporting {

/// The volume, patch, overlap, downsize rate and number of classes (with background) for which the
/// paper gives costs and times.
constexpr int64_t kPaperExtent = 480, kPaperPatch = 128, kPaperRate = 3, kPaperClasses = 20;
constexpr double kPaperOverlap = 0.5;
constexpr const char* kPaperVolume = "480x480x480";

/// MACs and parameters of a row of Table 2 at that size, from closed forms (nmsw/cost): the
/// backbone's full width, with the UNet as global network. Nothing for a backbone that the paper
/// does not have and for a method without a cost.
std::optional<Cost> paper_size_cost(const std::string& backbone, const MethodKey& key);

}  // namespace nmsw::reporting
