#pragma once

#include "nmsw/metrics/class_evidence.h"

namespace nmsw {

/// 1 where the label has the class and the prediction lacks it, 0 where both have it, NaN where the
/// label lacks it, under either policy: tells a missed class from an absent one. Throws nothing;
/// safe from several threads at once.
double missed(const ClassEvidence& evidence);

}  // namespace nmsw
