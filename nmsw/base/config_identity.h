#pragma once

#include <string>
#include <type_traits>

#include <nlohmann/json.hpp>

#include "nmsw/base/config_fields.h"

namespace nmsw {

// What of a configuration tells it from another one: the fields that differ from their defaults.
// A field that is added, with a default that changes nothing, leaves the identity of everything
// stored as it is. So the default in the struct is the one that the field was introduced with, and
// it stays for ever: identities leave it out, and what was stored before the field existed is read
// with it. Where users are to get another value by default, it is set before their YAML is read
// (`apply_preset`); the struct is left alone.
//
// Fields of a nested struct are compared with that struct's own defaults, not with what the outer
// one may initialise it to. Keys are sorted, so that the order of `visit_fields` does not count.

template <class T>
nlohmann::json identity_value(const T& value);

/// Collects the fields that differ from their defaults.
class IdentityFields {
 public:
  /// `defaults`: dump of the default-constructed struct.
  explicit IdentityFields(const nlohmann::ordered_json& defaults) : defaults_(defaults) {}

  template <class T, class... Rest>
  void field(const char* name, T& value, const Rest&... /*check, help*/) {
    if constexpr (detail::HasFields<T>::value) {
      nlohmann::json nested = identity_value(value);
      if (!nested.empty()) json_[name] = std::move(nested);
    } else if (dump_value(value) != defaults_.at(name)) {
      json_[name] = identity_value(value);
    }
  }
  nlohmann::json take() { return std::move(json_); }

 private:
  const nlohmann::ordered_json& defaults_;
  nlohmann::json json_ = nlohmann::json::object();
};

/// The identity as JSON: an object for a struct, the value itself for anything else.
template <class T>
nlohmann::json identity_value(const T& value) {
  if constexpr (detail::HasFields<T>::value) {
    const nlohmann::ordered_json defaults = dump_value(T{});
    IdentityFields fields(defaults);
    visit_fields(const_cast<T&>(value), fields);
    return fields.take();
  } else if constexpr (detail::IsOptional<T>::value) {
    return value ? identity_value(*value) : nlohmann::json();
  } else if constexpr (detail::IsSequence<T>::value) {
    nlohmann::json list = nlohmann::json::array();
    for (const auto& item : value) list.push_back(identity_value(item));
    return list;
  } else if constexpr (detail::IsMap<T>::value) {
    nlohmann::json map = nlohmann::json::object();
    for (const auto& [key, item] : value) map[key] = identity_value(item);
    return map;
  } else {
    return nlohmann::json(dump_value(value));
  }
}

}  // namespace nmsw
