#pragma once

#include <vector>

#include "reporting/claims/claim.h"

namespace nmsw::reporting {

/// THE list of the paper's claims, in the order of the report.
const std::vector<Claim>& claim_catalog();

}  // namespace nmsw::reporting
