#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "nmsw/config/training_config.h"

namespace nmsw {

/// The patches of a volume that go through the local network.
enum class PatchUse {
  none,           ///< no network runs
  every,          ///< the whole grid
  one_per_class,  ///< a crop for each foreground class
  first_k         ///< the k first of a ranking; the method takes a `k`
};

/// The keys of `model:` that inference reads.
enum class ModelKeys { none, mask, all };

/// A parameter that a method has beside those of its kind, and its values in Markdown.
struct MethodParameter {
  std::string_view name;
  std::string_view values;
};

/// An inference method as far as anything but its implementation needs to know it. Its cost
/// (`method_cost`), memory and weights follow from this.
struct Method {
  /// The key in YAML.
  std::string_view name;
  /// The name in tables.
  std::string_view label;
  std::string_view summary;
  /// Where it comes from.
  std::string_view source;
  /// The trainings whose weights it runs with; none: it uses no network.
  std::vector<TrainingScheme> needs;
  PatchUse patches = PatchUse::every;
  /// Whether the global network sees the volume first.
  bool has_global_pass = false;
  ModelKeys model = ModelKeys::none;
  std::vector<MethodParameter> parameters;

  bool takes_k() const { return patches == PatchUse::first_k; }
  /// Whether it ranks its patches by an order that evaluation may choose (`PatchOrder`).
  bool takes_order() const;
  /// Whether it runs an NMSW training's score head and aggregation.
  bool runs_nmsw() const;
};

/// The method that copies the labels of the case that a test case was deformed from.
inline constexpr const char* kTemplateCopy = "template_copy";

/// THE list of methods, in the order of Table 2. A new one is a line here, its implementation in
/// nmsw/inference, and a line in that folder's catalog.
const std::vector<Method>& method_list();

/// The method of that name, or null.
const Method* find_method(std::string_view name);

/// The method of that name; ConfigError listing the names otherwise.
const Method& method_named(std::string_view name);

/// "did you mean …? choose one of: …" for a name that is not known.
std::string known_methods_hint(const std::string& name);

}  // namespace nmsw
