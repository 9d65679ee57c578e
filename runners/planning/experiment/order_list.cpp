#include "runners/planning/experiment/order_list.h"

#include <algorithm>

#include "runners/planning/experiment/names.h"

namespace nmsw::runners {
namespace {

PatchOrder order_named(const NamedEntry& entry) {
  if (const auto order = enum_from_name<PatchOrder>(entry.name)) return *order;
  std::vector<std::string> names;
  for (const auto& [order, name] : EnumNames<PatchOrder>::values) names.emplace_back(name);
  entry.fail("'{}' is no order of patches; {}", entry.name, choice_hint(entry.name, names));
}

/// Each setting so far, once for each value.
template <class T>
std::vector<OrderSettings> multiplied(const std::vector<OrderSettings>& settings,
                                      T OrderSettings::*field, const ConfigNode& values,
                                      const Check<T>& check) {
  std::vector<OrderSettings> product;
  for (const OrderSettings& before : settings) {
    for (const ConfigNode& value : items_of(values)) {
      product.push_back(before);
      read_value(value, product.back().*field);
      if (!check.accepts(product.back().*field)) value.fail("{}", check.words);
    }
  }
  require_grid_size(values, product.size());
  return product;
}

std::vector<OrderSettings> read_entry(const NamedEntry& entry) {
  OrderSettings first;
  first.order = order_named(entry);
  std::vector<OrderSettings> settings{first};
  if (!entry.parameters) return settings;
  for (const auto& [key, values] : entry.parameters->entries()) {
    if (first.order != PatchOrder::coverage) {
      values.fail("'{}' takes no '{}'; {}", entry.name, key,
                  is_drawn(first.order) ? "evaluation.order_draws says how often it is drawn"
                                        : "write its name alone");
    }
    if (key == "gain") {
      settings = multiplied<PatchGain>(settings, &OrderSettings::gain, values, any_value);
    } else if (key == "discount") {
      settings = multiplied<double>(settings, &OrderSettings::discount, values, ratio);
    } else {
      values.fail("'{}' takes no '{}'; {}", entry.name, key,
                  choice_hint(key, {"gain", "discount"}));
    }
    if (settings.empty()) values.fail("is empty; name at least one");
  }
  return settings;
}

bool same(const OrderSettings& a, const OrderSettings& b) {
  return a.order == b.order && a.gain == b.gain && a.discount == b.discount && a.draw == b.draw;
}

}  // namespace

std::vector<OrderSettings> with_draws(const OrderList& list, int64_t draws) {
  std::vector<OrderSettings> all;
  for (OrderSettings settings : list.orders) {
    const int64_t count = is_drawn(settings.order) ? draws : 1;
    for (settings.draw = 0; settings.draw < count; ++settings.draw) all.push_back(settings);
  }
  return all;
}

std::string order_variant(const OrderSettings& settings, bool names_draw) {
  std::string variant = std::string("order=") + enum_name(settings.order);
  if (settings.order == PatchOrder::coverage)
    variant += fmt::format(",gain={},discount={}", enum_name(settings.gain), settings.discount);
  if (names_draw) variant += fmt::format(",draw={}", settings.draw);
  return variant;
}

}  // namespace nmsw::runners

namespace nmsw {

template <>
void read_value<runners::OrderList>(const ConfigNode& node, runners::OrderList& value) {
  value.orders.clear();
  for (const ConfigNode& item : runners::items_of(node)) {
    for (const OrderSettings& read : runners::read_entry(runners::parse_named_entry(item))) {
      if (std::any_of(value.orders.begin(), value.orders.end(),
                      [&](const OrderSettings& before) { return runners::same(before, read); })) {
        item.fail("'{}' is given twice; keep one of the two", runners::order_variant(read, false));
      }
      value.orders.push_back(read);
    }
  }
  runners::require_grid_size(node, value.orders.size());
}

template <>
nlohmann::ordered_json dump_value<runners::OrderList>(const runners::OrderList& value) {
  nlohmann::ordered_json names;
  for (const OrderSettings& settings : value.orders)
    names.push_back(runners::order_variant(settings, false));
  return names;
}

}  // namespace nmsw
