#pragma once

#include <string_view>
#include <vector>

#include "nmsw/config/training_config.h"

namespace nmsw::runners {

/// Whether a method takes a number of patches.
enum class PatchChoice { none, ranked };

/// Which training a sliding window takes its local network from: the local one, or the NMSW
/// training, whose local network went on for its steps.
enum class LocalNetwork { own, nmsw };

/// An inference method as far as planning needs it, without LibTorch.
struct MethodEntry {
  /// The key in YAML.
  std::string_view name;
  std::string_view summary;
  /// Where it comes from.
  std::string_view source;
  /// The trainings whose weights it runs with; none: it uses no network.
  std::vector<TrainingScheme> needs;
  PatchChoice patches = PatchChoice::none;
};

/// The method that copies the labels of the case that a test case was deformed from.
inline constexpr const char* kTemplateCopy = "template_copy";

/// Every method, in the order of Table 2. To add one: its implementation, and one line in this
/// table.
const std::vector<MethodEntry>& method_catalog();

/// The entry of that name, or null.
const MethodEntry* find_method(std::string_view name);

/// "did you mean …? choose one of: …" for a name that is not known.
std::string known_methods_hint(const std::string& name);

}  // namespace nmsw::runners

template <>
struct nmsw::EnumNames<nmsw::runners::LocalNetwork> {
  static constexpr std::array<std::pair<nmsw::runners::LocalNetwork, const char*>, 2> values{
      {{nmsw::runners::LocalNetwork::own, "own"}, {nmsw::runners::LocalNetwork::nmsw, "nmsw"}}};
};
