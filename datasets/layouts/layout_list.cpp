#include <array>

#include "datasets/layouts/layouts.h"
#include "nmsw/base/error.h"
#include "nmsw/base/seed.h"

namespace nmsw::datasets {
namespace fs = std::filesystem;
namespace {

/// The listed case once for each of its splits, then its deformations.
std::vector<CaseFiles> cases_of_entry(const ListedCase& entry, const fs::path& root) {
  CaseFiles files;
  files.case_id = entry.id;
  files.image = root / entry.image;
  if (!entry.label.empty()) files.label = root / entry.label;
  std::vector<CaseFiles> cases;
  for (const std::string& name : entry.splits) {
    files.split = enum_from_name<Split>(name).value();
    cases.push_back(files);
  }
  if (!entry.deformations) return cases;
  const DeformedCases& deformed = *entry.deformations;
  const std::array<std::pair<Split, int64_t>, 3> counts{{{Split::train, deformed.train},
                                                         {Split::validation, deformed.validation},
                                                         {Split::test, deformed.test}}};
  for (const auto& [split, count] : counts) {
    for (int64_t i = 0; i < count; ++i) {
      files.split = split;
      files.case_id = fmt::format("{}_{}_d{:03}", entry.id, enum_name(split), i);
      const uint64_t seed =
          derive_seed(static_cast<uint64_t>(deformed.seed), {"deformation", files.case_id});
      files.deformation = Deformation{deformed.rms_mm, deformed.grid_mm, seed};
      cases.push_back(files);
    }
  }
  return cases;
}

}  // namespace

/// The cases that the descriptor names.
CaseListing list_named(const DatasetDescriptor& descriptor, const fs::path& root) {
  CaseListing listing;
  for (const ListedCase& entry : descriptor.cases) {
    for (const std::string& name : {entry.image, entry.label}) {
      if (name.empty() || fs::exists(root / name)) continue;
      listing.faults.push_back(
          fmt::format("{}: no such file, but case '{}' of '{}' names it; correct the descriptor or "
                      "the data folder",
                      (root / name).string(), entry.id, descriptor.name));
    }
    for (CaseFiles& files : cases_of_entry(entry, root)) {
      if (files.split != Split::test && !files.has_label()) {
        listing.faults.push_back(
            fmt::format("{}: case '{}' trains or validates without a label; name its label file in "
                        "the descriptor",
                        files.image.string(), files.case_id));
      }
      listing.cases.push_back(std::move(files));
    }
  }
  return listing;
}

}  // namespace nmsw::datasets
