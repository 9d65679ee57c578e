#include "runners/planning/experiment/method_catalog.h"

#include "runners/planning/experiment/names.h"

namespace nmsw::runners {

const std::vector<MethodEntry>& method_catalog() {
  static const std::vector<MethodEntry> catalog{
      {"sliding_window",
       "every patch of the grid, averaged with Gaussian weights",
       "paper 4.3; nmsw/METHOD.md 3",
       {TrainingScheme::local},
       PatchChoice::none},
      {"zoom_out",
       "one crop an organ of the global prediction, scaled to a patch",
       "paper 4.1; nmsw/METHOD.md 3",
       {TrainingScheme::local, TrainingScheme::global},
       PatchChoice::none},
      {"random_foreground",
       "k patches at random from the global prediction's foreground",
       "paper 4.1; nmsw/METHOD.md 3",
       {TrainingScheme::local, TrainingScheme::global},
       PatchChoice::ranked},
      {"nmsw",
       "the k best patches of a learned ranking over a global prediction",
       "paper 3; nmsw/METHOD.md 2",
       {TrainingScheme::nmsw},
       PatchChoice::ranked},
      {kTemplateCopy,
       "the labels of the case that a test case was deformed from: a baseline without network",
       "deformed cases only",
       {},
       PatchChoice::none},
  };
  return catalog;
}

const MethodEntry* find_method(std::string_view name) {
  for (const MethodEntry& entry : method_catalog()) {
    if (entry.name == name) return &entry;
  }
  return nullptr;
}

std::string known_methods_hint(const std::string& name) {
  std::vector<std::string> names;
  for (const MethodEntry& entry : method_catalog()) names.emplace_back(entry.name);
  return choice_hint(name, names);
}

}  // namespace nmsw::runners
