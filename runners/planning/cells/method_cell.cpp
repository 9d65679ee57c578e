#include <algorithm>
#include <limits>

#include "nmsw/config/methods.h"
#include "runners/planning/cells/grid.h"
#include "runners/planning/experiment/names.h"

namespace nmsw::runners {
namespace {

/// Reads one field of a struct by name, and lists the names it came by.
class FieldSetter {
 public:
  FieldSetter(std::string name, const ConfigNode& node) : name_(std::move(name)), node_(node) {}
  template <class T, class CheckLike>
  void field(const char* name, T& value, const CheckLike& check, const char* /*help*/) {
    if (name_ != name) return;
    found_ = true;
    read_value(node_, value);
    const Check<T> rule = check;
    if (!rule.accepts(value)) node_.fail("{}", rule.words);
  }
  template <class T>
  void field(const char* name, T& value, const char* help) {
    field(name, value, any_value, help);
  }
  bool found() const { return found_; }

 private:
  std::string name_;
  const ConfigNode& node_;
  bool found_ = false;
};

class FieldNames {
 public:
  template <class... Rest>
  void field(const char* name, Rest&&...) {
    names.emplace_back(name);
  }
  std::vector<std::string> names;
};

template <class T>
bool set_field(T& config, const std::string& name, const ConfigNode& node) {
  FieldSetter setter(name, node);
  visit_fields(config, setter);
  return setter.found();
}

std::vector<std::string> model_keys() {
  FieldNames names;
  ModelConfig model;
  visit_fields(model, names);
  return names.names;
}

bool is_evaluation_key(const std::string& name) {
  const std::vector<std::string> keys{"overlap",  "noise_at_test", "order",     "gain",
                                      "discount", "draw",          "auto_left", "mass_left"};
  return std::find(keys.begin(), keys.end(), name) != keys.end();
}

std::vector<std::string> allowed_parameters(const Method& method) {
  if (method.needs.empty()) return {};
  std::vector<std::string> names{"overlap"};
  if (method.takes_k()) {
    names.insert(names.end(), {"k", "class_weight", "noise_at_test"});
    const std::vector<std::string> model = model_keys();
    names.insert(names.end(), model.begin(), model.end());
  }
  for (const MethodParameter& parameter : method.parameters) names.emplace_back(parameter.name);
  return names;
}

std::vector<std::string> read_k(const ConfigNode& node) {
  std::vector<std::string> values;
  const std::vector<ConfigNode> items = items_of(node);
  require_grid_size(node, items.size());
  for (const ConfigNode& item : items) {
    const std::string k = item.scalar();
    if (k != "full" && k != kAutoKName) {
      const bool digits =
          !k.empty() && k.size() < 10 && k.find_first_not_of("0123456789") == std::string::npos;
      if (!digits || k.front() == '0')
        item.fail("'{}' is no number of patches; use 1, 2, …, auto or full", k);
    }
    if (std::find(values.begin(), values.end(), k) != values.end())
      item.fail("'{}' is given twice", k);
    values.push_back(k);
  }
  if (values.empty()) node.fail("expected at least one number of patches");
  return sorted_k(values);
}

void set_parameter(MethodCell& cell, const std::string& name, const ConfigNode& node) {
  if (name == "class_weight") {
    const std::string value = node.scalar();
    if (value != "on" && value != "off") node.fail("'{}' is not one of: on, off", value);
    cell.model.aggregation = value == "on" ? AggregationKind::class_weight : AggregationKind::paste;
  } else if (is_evaluation_key(name)) {
    EvaluationConfig tried;
    set_field(tried, name, node);
  } else if (name == "local_network") {
    read_value(node, cell.local_network);
  } else {
    set_field(cell.model, name, node);
  }
  cell.parameters.emplace_back(name, node);
}

/// Every cell so far, once for each value of one parameter.
std::vector<MethodCell> multiplied(const std::vector<MethodCell>& cells, const std::string& name,
                                   const ConfigNode& node) {
  std::vector<MethodCell> product;
  const std::vector<ConfigNode> values = items_of(node);
  require_grid_size(node, cells.size() * values.size());
  for (const MethodCell& before : cells) {
    for (const ConfigNode& value : values) {
      MethodCell cell = before;
      set_parameter(cell, name, value);
      if (node.is_list() && name != "class_weight") {
        cell.variant += (cell.variant.empty() ? "" : ",") + name + "=" + value.scalar();
      }
      product.push_back(std::move(cell));
    }
  }
  return product;
}

}  // namespace

std::vector<std::string> sorted_k(std::vector<std::string> k) {
  const auto place = [](const std::string& value) -> int64_t {
    constexpr int64_t kLast = std::numeric_limits<int64_t>::max();
    if (value == "full") return kLast;
    return value == kAutoKName ? kLast - 1 : std::stoll(value);
  };
  std::sort(k.begin(), k.end(),
            [&](const std::string& a, const std::string& b) { return place(a) < place(b); });
  k.erase(std::unique(k.begin(), k.end()), k.end());
  return k;
}

void add_k(const std::vector<std::string>& more, std::vector<std::string>& k) {
  k.insert(k.end(), more.begin(), more.end());
  k = sorted_k(std::move(k));
}

EvaluationConfig MethodCell::evaluation(EvaluationConfig base) const {
  for (const auto& [parameter, node] : parameters) {
    if (is_evaluation_key(parameter)) set_field(base, parameter, node);
  }
  if (ranking) {
    base.order = ranking->order;
    base.gain = ranking->gain;
    base.discount = ranking->discount;
    base.draw = ranking->draw;
  }
  return base;
}

std::vector<MethodCell> parse_method(const ExperimentConfig& config, const NamedEntry& named) {
  const Method* method = find_method(named.name);
  if (method == nullptr)
    named.fail("method '{}' is not known; {}", named.name, known_methods_hint(named.name));
  MethodCell first;
  first.name = named.name;
  first.model = config.model;
  first.variant = config.variant;
  first.where = named.where;
  if (method->takes_k()) first.k = {"5", "30", "full"};
  std::vector<MethodCell> cells{first};
  if (named.parameters) {
    const std::vector<std::string> allowed = allowed_parameters(*method);
    for (const auto& [name, value] : named.parameters->entries()) {
      if (std::find(allowed.begin(), allowed.end(), name) == allowed.end()) {
        value.fail("'{}' takes no '{}'; {}", named.name, name,
                   allowed.empty() ? "it has no parameter" : choice_hint(name, allowed));
      }
      if (name == "k") {
        for (MethodCell& cell : cells) cell.k = read_k(value);
      } else {
        cells = multiplied(cells, name, value);
      }
    }
  }
  for (MethodCell& cell : cells) {
    const bool learned = method->takes_k();
    cell.class_weight = learned && cell.model.aggregation == AggregationKind::paste ? "off" : "on";
  }
  return cells;
}

}  // namespace nmsw::runners
