#pragma once

#include <optional>
#include <string>
#include <vector>

#include "reporting/figure.h"
#include "reporting/stage_times.h"

namespace nmsw::reporting {

/// Stage times as stacked bars, a bar for each method, a panel for each device, volume and
/// backbone. Nothing where no stage but the total was timed.
std::optional<Figure> stage_bars(const std::vector<StageTimes>& measurements);

}  // namespace nmsw::reporting
