#pragma once

#include "nmsw/metrics/class_evidence.h"

namespace nmsw {

/// Surface Dice (METHOD 5): the share of both surfaces that lies within the options' tolerance of
/// the other, 0..1; `surface_dice` names the sources. Where only one of the two has the class, 0;
/// where neither has it, NaN, under either policy. Throws nothing; safe from several threads at
/// once.
double nsd(const ClassEvidence& evidence);

}  // namespace nmsw
