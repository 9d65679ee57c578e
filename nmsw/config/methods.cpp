#include "nmsw/config/methods.h"

#include <algorithm>

#include "nmsw/base/choice_hint.h"
#include "nmsw/base/error.h"

namespace nmsw {

bool Method::runs_nmsw() const {
  return std::find(needs.begin(), needs.end(), TrainingScheme::nmsw) != needs.end();
}

bool Method::takes_order() const {
  return std::any_of(parameters.begin(), parameters.end(),
                     [](const MethodParameter& parameter) { return parameter.name == "order"; });
}

const std::vector<Method>& method_list() {
  static const std::vector<Method> methods{
      {"sliding_window",
       "SW (gold standard)",
       "every patch of the grid, averaged with Gaussian weights",
       "paper 4.3; nmsw/METHOD.md 3",
       {TrainingScheme::local},
       PatchUse::every,
       false,
       ModelKeys::none,
       {{"local_network", "`own`, or `nmsw`: that of NMSW's training"}}},
      {"zoom_out",
       "Zoom-out",
       "one crop an organ of the global prediction, scaled to a patch",
       "paper 4.1; nmsw/METHOD.md 3",
       {TrainingScheme::local, TrainingScheme::global},
       PatchUse::one_per_class,
       true,
       ModelKeys::none,
       {}},
      {"random_foreground",
       "RF",
       "k patches at random from the global prediction's foreground",
       "paper 4.1; nmsw/METHOD.md 3",
       {TrainingScheme::local, TrainingScheme::global},
       PatchUse::first_k,
       true,
       ModelKeys::mask,
       {}},
      {"nmsw",
       "NMSW",
       "the k best patches of a learned ranking over a global prediction",
       "paper 3; nmsw/METHOD.md 2",
       {TrainingScheme::nmsw},
       PatchUse::first_k,
       true,
       ModelKeys::all,
       {{"order",
         "`scores`, `initial_scores`, `random_foreground`, `foreground`, `entropy`, `coverage`, "
         "`oracle`"},
        {"gain", "`foreground`, `entropy`, `classes`, `scores`: what `coverage` covers"},
        {"discount", "0 to 1: what is covered already counts times this"},
        {"draw", "which draw of `initial_scores` and `random_foreground`"},
        {"auto_left", "0 to 1: what `k: auto` leaves uncovered"},
        {"mass_left", "0 to 1: the learned probability that `k: auto` of order `scores` leaves"}}},
      {kTemplateCopy,
       "Template copy",
       "the labels of the case that a test case was deformed from: a baseline without network",
       "deformed cases only",
       {},
       PatchUse::none,
       false,
       ModelKeys::none,
       {}},
  };
  return methods;
}

const Method* find_method(std::string_view name) {
  for (const Method& method : method_list()) {
    if (method.name == name) return &method;
  }
  return nullptr;
}

const Method& method_named(std::string_view name) {
  const Method* method = find_method(name);
  if (method == nullptr)
    throw ConfigError("inference method '{}' is not known; {}", name,
                      known_methods_hint(std::string(name)));
  return *method;
}

std::string known_methods_hint(const std::string& name) {
  std::vector<std::string> names;
  for (const Method& method : method_list()) names.emplace_back(method.name);
  return choice_hint(name, names);
}

}  // namespace nmsw
