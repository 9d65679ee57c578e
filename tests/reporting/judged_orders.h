#pragma once

#include <algorithm>
#include <string>
#include <vector>

#include "reporting/claims/choice.h"
#include "reporting/patch_order.h"
#include "tests/reporting/score_database.h"

namespace nmsw::reporting::testing {

constexpr const char* kOfPhantoms = R"({"data":{"source":"phantom"}})";
constexpr const char* kOfPatients = R"({"data":{"source":"real"}})";

inline OrderSettings order_named(PatchOrder order) {
  OrderSettings settings;
  settings.order = order;
  return settings;
}

inline OrderSettings random_foreground() { return order_named(PatchOrder::random_foreground); }

inline std::vector<ChoiceVerdict> choice_of(const ScoreDatabase& database) {
  return judge_choice(claim_input(database.store(), "made"));
}

/// The verdict on one k and backbone (empty: all of them); null where there is none.
inline const ChoiceVerdict* verdict_on(const std::vector<ChoiceVerdict>& verdicts,
                                       const OrderSettings& other, const std::string& k,
                                       const std::string& backbone = "unet") {
  const auto found =
      std::find_if(verdicts.begin(), verdicts.end(), [&](const ChoiceVerdict& verdict) {
        return verdict.backbone == backbone && verdict.k == k && same_order(verdict.other, other);
      });
  return found == verdicts.end() ? nullptr : &*found;
}

/// Scores that are `mean` in every case and class, but for 0.01 up and down by turns.
inline ScoreDatabase::Scores by_turns(double mean) {
  return [mean](int i, int) { return mean + (i % 2 == 0 ? 0.01 : -0.01); };
}

inline ScoreDatabase::Scores level(double mean) {
  return [mean](int, int) { return mean; };
}

}  // namespace nmsw::reporting::testing
