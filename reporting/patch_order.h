#pragma once

#include <optional>
#include <string>

#include "nmsw/config/evaluation_config.h"
#include "reporting/labels.h"

namespace nmsw::reporting {

/// A row's variant, "key=value" with commas between, taken apart.
///
/// ranking   what it says of the order of patches; absent where it says nothing, or names an order
///           that this program does not know
/// is_order  whether it says anything of the order, known or not
/// rest      what else it says, as it stands there
struct VariantParts {
  std::optional<OrderSettings> ranking;
  bool is_order = false;
  std::string rest;
};
VariantParts variant_parts(const std::string& variant);

/// The variant under which the report keeps an order, whatever its draw: "" for the learned scores,
/// "order=random_foreground", "order=coverage,gain=entropy,discount=0.5" with gain and discount
/// always given. A variant without an order, or with an unknown one, stays as it is.
std::string without_draw(const std::string& variant);

/// NMSW's own networks, ranked by an order: the key of its rows in the report.
MethodKey order_key(const OrderSettings& order, const std::string& k);

/// The order of such a row: NMSW with class weights that changes nothing else. Nothing for others.
std::optional<OrderSettings> order_of(const MethodKey& key);

/// Whether both are the same, draws aside.
bool same_order(const OrderSettings& a, const OrderSettings& b);
/// The oracle first, then what is learned, what is computed, what is drawn.
bool order_before(const OrderSettings& a, const OrderSettings& b);

/// "learned order", "coverage (entropy, discount 0.5)", "random foreground".
std::string order_label(const OrderSettings& order);

/// "ranked by coverage (entropy, discount 0.5)", "random order": what follows "NMSW, ".
std::string ranked_by_text(const OrderSettings& order);

/// One sentence that says what the order is.
std::string order_sentence(const OrderSettings& order);

}  // namespace nmsw::reporting
