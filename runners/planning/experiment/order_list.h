#pragma once

#include <string>
#include <vector>

#include "nmsw/config/evaluation_config.h"

namespace nmsw::runners {

/// The orders that `evaluation.orders` names, its lists multiplied out; each once, draw 0.
struct OrderList {
  std::vector<OrderSettings> orders;
};

/// Every order with its draws: `draws` of those that are drawn at random, the others once.
std::vector<OrderSettings> with_draws(const OrderList& list, int64_t draws);

/// "order=coverage,gain=entropy,discount=0.5": gain and discount of `coverage` alone, the draw
/// where it tells several apart.
std::string order_variant(const OrderSettings& settings, bool names_draw);

}  // namespace nmsw::runners

namespace nmsw {

/// A name or {coverage: {gain: value or list, discount: value or list}}, or a list of these.
/// Throws ConfigError with file:line:column for what is none of them, or given twice.
template <>
void read_value<runners::OrderList>(const ConfigNode& node, runners::OrderList& value);
template <>
nlohmann::ordered_json dump_value<runners::OrderList>(const runners::OrderList& value);

}  // namespace nmsw
