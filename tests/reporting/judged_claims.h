#pragma once

#include <algorithm>
#include <array>
#include <string>

#include "reporting/claims/catalog.h"
#include "tests/reporting/score_database.h"

namespace nmsw::reporting::testing {

inline const Claim& claim_named(const std::string& name) {
  return *std::find_if(claim_catalog().begin(), claim_catalog().end(),
                       [&](const Claim& claim) { return claim.name == name; });
}

inline Judgement judge(const ScoreDatabase& database, const std::string& name) {
  const Claim& claim = claim_named(name);
  return claim.judge(claim, claim_input(database.store(), "made"));
}

/// Eight cases whose mean in every class is `mean`.
inline ScoreDatabase::Scores around(double mean) {
  return [mean](int i, int c) {
    constexpr std::array<double, 4> kOffsets{-0.001, 0, 0.001, 0};
    return mean + kOffsets[static_cast<size_t>((i * 3 + c) % 4)];
  };
}

}  // namespace nmsw::reporting::testing
