#pragma once

#include <string>
#include <vector>

#include "nmsw/config/evaluation_config.h"
#include "reporting/claims/claim.h"
#include "reporting/conventions.h"

namespace nmsw::reporting {

/// The learned order of patches against another on the same trained networks, at one k.
///
/// source     kind of the data sets that it speaks of: phantoms and real cases share no verdict
/// backbone   empty: pooled over all backbones
struct ChoiceVerdict {
  DataSource source = DataSource::unknown;
  std::string backbone;
  OrderSettings other;
  std::string k;
  Judgement judgement;
};

/// "The learned order of patches beats another": a difference in DSC above 0.
const Claim& choice_claim();

/// The orders that are planned on a data set, in the order of the tables; the learned one is that of
/// the plain rows.
std::vector<OrderSettings> orders_on(const ClaimInput& input, const std::string& dataset);

/// The numbers of patches of these orders there.
std::vector<std::string> order_counts(const ClaimInput& input, const std::string& dataset);

/// The row of an order, its draws averaged; null where it is not planned.
const ComparisonRow* order_row(const ClaimInput& input, const std::string& dataset,
                               const std::string& backbone, const OrderSettings& order,
                               const std::string& k);

/// The data sets that have the learned order and another; not those whose plain rows have another
/// order (reordered_datasets).
std::vector<std::string> choice_datasets(const ClaimInput& input);

/// A verdict for every other order but the oracle and every k that both have ("full" aside, at
/// which each order takes every patch): pooled over backbones, then of each backbone where there
/// are several. Reached as every pooled verdict is (judge_difference); the data sets are those on
/// which both orders are planned.
std::vector<ChoiceVerdict> judge_choice(ClaimInput input);

}  // namespace nmsw::reporting
