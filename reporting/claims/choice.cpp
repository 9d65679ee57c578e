#include "reporting/claims/choice.h"

#include <algorithm>
#include <iterator>
#include <set>

#include "reporting/claims/pooled_claim.h"
#include "reporting/patch_order.h"

namespace nmsw::reporting {
namespace {

template <class Visit>
void for_each_order_row(const ClaimInput& input, const std::string& dataset, Visit visit) {
  for (const auto* rows : {&input.rows, &input.controls}) {
    for (const ComparisonRow& row : *rows) {
      if (row.dataset != dataset) continue;
      const auto order = order_of(row.key);
      if (order) visit(row, *order);
    }
  }
}

bool has_order(const std::vector<OrderSettings>& orders, const OrderSettings& wanted) {
  return std::any_of(orders.begin(), orders.end(),
                     [&](const OrderSettings& order) { return same_order(order, wanted); });
}

/// The plain rows of the learned order at one k, where the other order is planned as well: on the
/// data set for a pooled verdict, in the very place for that of a backbone.
std::vector<ComparisonRow> judged_rows(const ClaimInput& input,
                                       const std::vector<ComparisonRow>& learned,
                                       const ChoiceVerdict& verdict) {
  std::vector<ComparisonRow> rows;
  for (const ComparisonRow& row : learned) {
    if (row.key.k != verdict.k || (!verdict.backbone.empty() && verdict.backbone != row.backbone))
      continue;
    const bool is_planned =
        std::any_of(learned.begin(), learned.end(), [&](const ComparisonRow& place) {
          return place.dataset == row.dataset &&
                 (verdict.backbone.empty() || place.backbone == row.backbone) &&
                 order_row(input, place.dataset, place.backbone, verdict.other, verdict.k) !=
                     nullptr;
        });
    if (is_planned) rows.push_back(row);
  }
  return rows;
}

bool never_differs(const Judgement& judgement) {
  return judgement.measured && judgement.measured->low == 0 && judgement.measured->high == 0;
}

void add_verdict(ClaimInput& input, const std::vector<ComparisonRow>& learned,
                 ChoiceVerdict verdict, std::vector<ChoiceVerdict>& verdicts) {
  input.rows = judged_rows(input, learned, verdict);
  if (input.rows.empty()) return;
  const auto no_paper = [](const std::string&, const std::string&) { return std::string(); };
  verdict.judgement = judge_difference(
      choice_claim(), input, {nmsw_key(verdict.k), order_key(verdict.other, verdict.k), no_paper});
  if (never_differs(verdict.judgement))
    verdict.judgement.remark = "no case differs: at this k both orders take the same patches";
  verdicts.push_back(std::move(verdict));
}

/// Plain rows of the learned order on these data sets.
std::vector<ComparisonRow> learned_rows(const ClaimInput& input,
                                        const std::vector<std::string>& datasets) {
  std::vector<ComparisonRow> learned;
  for (const ComparisonRow& row : input.rows) {
    const bool is_there =
        std::find(datasets.begin(), datasets.end(), row.dataset) != datasets.end();
    if (is_there && row.key == nmsw_key(row.key.k)) learned.push_back(row);
  }
  return learned;
}

/// What the learned order has to beat: the oracle knows the label.
std::vector<OrderSettings> judged_orders(const ClaimInput& input,
                                         const std::vector<std::string>& datasets) {
  std::vector<OrderSettings> orders;
  for (const std::string& dataset : datasets) {
    for (const OrderSettings& order : orders_on(input, dataset)) {
      const bool is_judged = order.order != PatchOrder::scores && order.order != PatchOrder::oracle;
      if (is_judged && !has_order(orders, order)) orders.push_back(order);
    }
  }
  std::sort(orders.begin(), orders.end(), order_before);
  return orders;
}

std::vector<std::string> judged_counts(const ClaimInput& input,
                                       const std::vector<std::string>& datasets) {
  std::set<std::string> found;
  for (const std::string& dataset : datasets) {
    for (const std::string& k : order_counts(input, dataset)) found.insert(k);
  }
  found.erase("full");
  std::vector<std::string> counts(found.begin(), found.end());
  std::sort(counts.begin(), counts.end(), k_before);
  return counts;
}

}  // namespace

const Claim& choice_claim() {
  static const Claim claim{"choice",
                           "The learned order of patches beats another on the same networks",
                           "DSC of the learned order − DSC of the other > 0",
                           Bound::at_least,
                           0,
                           "",
                           3,
                           nullptr,
                           true};
  return claim;
}

std::vector<OrderSettings> orders_on(const ClaimInput& input, const std::string& dataset) {
  std::vector<OrderSettings> orders;
  for_each_order_row(input, dataset, [&](const ComparisonRow&, const OrderSettings& order) {
    if (!has_order(orders, order)) orders.push_back(order);
  });
  std::sort(orders.begin(), orders.end(), order_before);
  return orders;
}

std::vector<std::string> order_counts(const ClaimInput& input, const std::string& dataset) {
  std::set<std::string> found;
  for_each_order_row(input, dataset, [&](const ComparisonRow& row, const OrderSettings&) {
    found.insert(row.key.k);
  });
  std::vector<std::string> counts(found.begin(), found.end());
  std::sort(counts.begin(), counts.end(), k_before);
  return counts;
}

const ComparisonRow* order_row(const ClaimInput& input, const std::string& dataset,
                               const std::string& backbone, const OrderSettings& order,
                               const std::string& k) {
  const auto& rows = order.order == PatchOrder::scores ? input.rows : input.controls;
  return find_row(rows, dataset, backbone, order_key(order, k));
}

std::vector<std::string> choice_datasets(const ClaimInput& input) {
  const auto reordered = reordered_datasets(input.store, input.experiment);
  std::vector<std::string> datasets;
  for (const std::string& dataset : datasets_of(input.rows)) {
    const std::vector<OrderSettings> orders = orders_on(input, dataset);
    const bool is_learned =
        has_order(orders, OrderSettings{}) && reordered.find(dataset) == reordered.end();
    if (orders.size() > 1 && is_learned) datasets.push_back(dataset);
  }
  return datasets;
}

std::vector<ChoiceVerdict> judge_choice(ClaimInput input) {
  const std::vector<std::string> datasets = choice_datasets(input);
  const std::vector<OrderSettings> others = judged_orders(input, datasets);
  const std::vector<std::string> counts = judged_counts(input, datasets);
  const std::vector<ComparisonRow> rows = learned_rows(input, datasets);
  std::vector<ChoiceVerdict> verdicts;
  for (const DataSource source : {DataSource::real, DataSource::phantom, DataSource::unknown}) {
    std::vector<ComparisonRow> learned;
    std::copy_if(rows.begin(), rows.end(), std::back_inserter(learned),
                 [&](const ComparisonRow& row) {
                   return data_source(input.store, input.experiment, row.dataset) == source;
                 });
    std::vector<std::string> scopes = backbones_of(learned);
    if (scopes.size() > 1) scopes.insert(scopes.begin(), "");
    for (const std::string& backbone : scopes) {
      for (const OrderSettings& other : others) {
        for (const std::string& k : counts)
          add_verdict(input, learned, {source, backbone, other, k, {}}, verdicts);
      }
    }
  }
  return verdicts;
}

}  // namespace nmsw::reporting
