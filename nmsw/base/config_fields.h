#pragma once

#include <algorithm>
#include <array>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <type_traits>
#include <utility>
#include <vector>

#include <nlohmann/json.hpp>

#include "nmsw/base/config_node.h"

namespace nmsw {

// A config struct is a plain aggregate with defaults and one function beside it,
//   template <class Visitor> void visit_fields(UNetConfig& config, Visitor& v) {
//     v.field("channels", config.channels, non_empty, "feature channels of each level");
//   }
// from which reading, the canonical dump, the identity (config_identity.h, and so the task key) and
// the help text all come. A default never changes once it is released: config_identity.h says why
// and what to do instead.

/// Names of an enum's values in YAML: specialise with `static constexpr std::array<std::pair<E,
/// const char*>, N> values`.
template <class E>
struct EnumNames;

/// Names that a value had in an earlier version, which stored configurations may hold: specialise as
/// EnumNames where there are any.
template <class E>
struct EnumFormerNames {
  static constexpr std::array<std::pair<E, const char*>, 0> values{};
};

template <class E>
const char* enum_name(E value) {
  for (const auto& [candidate, name] : EnumNames<E>::values) {
    if (candidate == value) return name;
  }
  return "?";
}

/// The enum value of that name, present or former, or nothing.
template <class E>
std::optional<E> enum_from_name(std::string_view name) {
  for (const auto& [candidate, text] : EnumNames<E>::values) {
    if (name == text) return candidate;
  }
  for (const auto& [candidate, text] : EnumFormerNames<E>::values) {
    if (name == text) return candidate;
  }
  return std::nullopt;
}

namespace detail {
struct NullVisitor {
  template <class... Args>
  void field(Args&&...) {}
};
template <class T, class = void>
struct HasFields : std::false_type {};
template <class T>
struct HasFields<
    T, std::void_t<decltype(visit_fields(std::declval<T&>(), std::declval<NullVisitor&>()))>>
    : std::true_type {};
template <class T>
struct IsSequence : std::false_type {};
template <class T>
struct IsSequence<std::vector<T>> : std::true_type {};
template <class T, size_t N>
struct IsSequence<std::array<T, N>> : std::true_type {};
template <class T>
struct IsOptional : std::false_type {};
template <class T>
struct IsOptional<std::optional<T>> : std::true_type {};
/// A map by name has one value under each of its keys, and what is said of a field holds for each.
template <class T>
struct IsMap : std::false_type {
  using Value = T;
};
template <class T>
struct IsMap<std::map<std::string, T>> : std::true_type {
  using Value = T;
};
}  // namespace detail

/// What a value must satisfy, with the words for the error message and the help text.
template <class T>
struct Check {
  bool (*accepts)(const T&);
  const char* words;
};

struct Any {
  template <class T>
  operator Check<T>() const {
    return {[](const T&) { return true; }, ""};
  }
};
struct Positive {
  template <class T>
  operator Check<T>() const {
    return {[](const T& value) {
              if constexpr (std::is_arithmetic_v<T>) {
                return value > 0;
              } else {
                for (const auto& item : value) {
                  if (!(item > 0)) return false;
                }
                return value.size() > 0;
              }
            },
            "must be above 0"};
  }
};
struct NotNegative {
  template <class T>
  operator Check<T>() const {
    if constexpr (detail::IsOptional<T>::value) {
      return {[](const T& value) { return !value || *value >= 0; }, "must not be negative"};
    } else {
      return {[](const T& value) { return value >= T{0}; }, "must not be negative"};
    }
  }
};
struct Ratio {
  operator Check<double>() const {
    return {[](const double& value) { return value >= 0 && value <= 1; }, "must lie in 0..1"};
  }
  operator Check<std::optional<double>>() const {
    return {
        [](const std::optional<double>& value) { return !value || (*value >= 0 && *value <= 1); },
        "must lie in 0..1"};
  }
};
struct BelowOne {
  operator Check<double>() const {
    return {[](const double& value) { return value >= 0 && value < 1; }, "must lie in [0,1)"};
  }
};
/// A number, or each of several, within bounds: no value may ask for more memory or time than any
/// machine has. An absent optional passes.
template <int64_t Low, int64_t High>
struct Within {
  template <class T>
  operator Check<T>() const {
    static const std::string words = fmt::format("must lie in {}..{}", Low, High);
    return {accepts<T>, words.c_str()};
  }

 private:
  template <class T>
  static bool accepts(const T& value) {
    if constexpr (std::is_arithmetic_v<T>) {
      return value >= Low && value <= High;
    } else if constexpr (detail::IsOptional<T>::value) {
      return !value || accepts(*value);
    } else {
      return std::all_of(value.begin(), value.end(), [](const auto& one) { return accepts(one); });
    }
  }
};
inline constexpr Any any_value{};
inline constexpr Positive positive{};
inline constexpr NotNegative not_negative{};
inline constexpr Ratio ratio{};
inline constexpr BelowOne below_one{};
/// Voxels along an axis of a volume or a patch.
inline constexpr Within<1, 8192> voxel_extent{};
/// How much smaller the global input is along an axis.
inline constexpr Within<1, 1024> downsizing{};
/// Classes with background: a label map holds 8 bits.
inline constexpr Within<2, 256> class_count{};
/// How often something is done in a training or a measurement.
inline constexpr Within<1, 10'000'000> repetitions{};
inline constexpr Within<0, 10'000'000> repetitions_or_none{};
/// Patches of a training step.
inline constexpr Within<1, 100'000> patch_count{};
inline constexpr Within<0, 100'000> patch_count_or_none{};
inline constexpr Within<0, 256> worker_count{};
/// How many cases of a kind are made.
inline constexpr Within<0, 100'000> case_count{};
inline constexpr Within<1, 100'000> some_cases{};

template <class T>
void read_value(const ConfigNode& node, T& value);

/// Reads the keys of one map into a struct; `finish` refuses the keys nobody asked for.
class FieldReader {
 public:
  explicit FieldReader(ConfigNode node) : node_(std::move(node)) {
    if (!node_.is_map() && !node_.is_null()) node_.fail("expected keys with values");
  }
  template <class T, class CheckLike>
  void field(const char* name, T& value, const CheckLike& check, const char* /*help*/) {
    known_.emplace_back(name);
    const auto child = node_.find(name);
    if (!child) return;
    if constexpr (detail::IsMap<T>::value) {
      if (child->is_null()) return;
      for (const auto& [key, entry] : child->entries()) read_checked(entry, value[key], check);
    } else {
      read_checked(*child, value, check);
    }
  }
  template <class T>
  void field(const char* name, T& value, const char* help) {
    field(name, value, any_value, help);
  }
  void finish() const {
    if (node_.is_null()) return;
    for (const auto& [key, child] : node_.entries()) {
      bool found = false;
      for (const std::string& name : known_) found = found || name == key;
      if (found) continue;
      std::string list;
      for (const std::string& name : known_) list += (list.empty() ? "" : ", ") + name;
      const auto guess = nearest_word(key, known_);
      child.fail("is not a known key; {}known: {}", guess ? "did you mean '" + *guess + "'? " : "",
                 list);
    }
  }

 private:
  template <class T>
  static void read_checked(const ConfigNode& node, T& value, const Check<T>& check) {
    read_value(node, value);
    if (!check.accepts(value)) node.fail("{}", check.words);
  }
  template <class T, class CheckLike>
  static void read_checked(const ConfigNode& node, T& value, const CheckLike& check) {
    read_checked(node, value, static_cast<Check<T>>(check));
  }

  ConfigNode node_;
  std::vector<std::string> known_;
};

template <class T>
void read_value(const ConfigNode& node, T& value) {
  if constexpr (std::is_enum_v<T>) {
    const std::string name = node.scalar();
    if (const auto found = enum_from_name<T>(name)) {
      value = *found;
      return;
    }
    std::string list;
    for (const auto& entry : EnumNames<T>::values)
      list += (list.empty() ? "" : ", ") + std::string(entry.second);
    node.fail("'{}' is not one of: {}", name, list);
  } else if constexpr (detail::IsOptional<T>::value) {
    if (node.is_null()) {
      value.reset();
    } else {
      value.emplace();
      read_value(node, *value);
    }
  } else if constexpr (detail::HasFields<T>::value) {
    FieldReader reader(node);
    visit_fields(value, reader);
    reader.finish();
  } else if constexpr (detail::IsSequence<T>::value) {
    const std::vector<ConfigNode> items = node.items();
    if constexpr (std::is_same_v<T, std::vector<typename T::value_type>>) {
      value.assign(items.size(), typename T::value_type{});
    } else if (items.size() != value.size()) {
      node.fail("expected {} values, found {}", value.size(), items.size());
    }
    for (size_t i = 0; i < items.size(); ++i) read_value(items[i], value[i]);
  } else if constexpr (detail::IsMap<T>::value) {
    for (const auto& [key, entry] : node.entries()) read_value(entry, value[key]);
  } else {
    value = node.as<T>();
  }
}

/// Reads a whole struct from a node: defaults for the keys that are absent, ConfigError for unknown
/// ones. A map by name keeps its entries that the node does not name, as a struct does.
template <class T>
T read_config(const ConfigNode& node, T defaults = {}) {
  read_value(node, defaults);
  return defaults;
}

template <class T>
nlohmann::ordered_json dump_value(const T& value);

/// Collects every field with its present value, in the order of `visit_fields`.
class FieldDump {
 public:
  template <class T, class CheckLike>
  void field(const char* name, T& value, const CheckLike& /*check*/, const char* /*help*/) {
    json_[name] = dump_value(value);
  }
  template <class T>
  void field(const char* name, T& value, const char* /*help*/) {
    json_[name] = dump_value(value);
  }
  nlohmann::ordered_json json_ = nlohmann::ordered_json::object();
};

template <class T>
nlohmann::ordered_json dump_value(const T& value) {
  if constexpr (std::is_enum_v<T>) {
    return enum_name(value);
  } else if constexpr (detail::IsOptional<T>::value) {
    return value ? dump_value(*value) : nlohmann::ordered_json();
  } else if constexpr (detail::HasFields<T>::value) {
    FieldDump dump;
    visit_fields(const_cast<T&>(value), dump);
    return dump.json_;
  } else if constexpr (detail::IsSequence<T>::value) {
    nlohmann::ordered_json list = nlohmann::ordered_json::array();
    for (const auto& item : value) list.push_back(dump_value(item));
    return list;
  } else if constexpr (detail::IsMap<T>::value) {
    nlohmann::ordered_json map = nlohmann::ordered_json::object();
    for (const auto& [key, item] : value) map[key] = dump_value(item);
    return map;
  } else {
    return value;
  }
}

/// The struct with every default filled in, as one line of JSON. JSON is YAML, so
/// `read_config(ConfigNode::parse(text, name))` gives the struct back.
template <class T>
std::string canonical_text(const T& config) {
  return dump_value(config).dump();
}

struct FieldHelpLine {
  std::string path, default_text, range, help;
};

/// Lists every key below a struct with default, range and meaning, for `nmsw describe`.
class FieldHelp {
 public:
  explicit FieldHelp(std::string prefix = "") : prefix_(std::move(prefix)) {}
  template <class T, class CheckLike>
  void field(const char* name, T& value, const CheckLike& check, const char* help) {
    add(name, value, static_cast<Check<typename detail::IsMap<T>::Value>>(check).words, help);
  }
  template <class T>
  void field(const char* name, T& value, const char* help) {
    add(name, value, "", help);
  }
  std::vector<FieldHelpLine> lines;

 private:
  template <class T>
  void add(const char* name, T& value, std::string range, const char* help) {
    const std::string path = prefix_.empty() ? name : prefix_ + "." + name;
    if constexpr (detail::HasFields<T>::value) {
      lines.push_back({path, "", "", help});
      FieldHelp nested(path);
      visit_fields(value, nested);
      lines.insert(lines.end(), nested.lines.begin(), nested.lines.end());
    } else {
      if constexpr (std::is_enum_v<T>) {
        range.clear();
        for (const auto& entry : EnumNames<T>::values)
          range += (range.empty() ? "" : " | ") + std::string(entry.second);
      }
      lines.push_back({path, dump_value(value).dump(), range, help});
    }
  }
  std::string prefix_;
};

}  // namespace nmsw
