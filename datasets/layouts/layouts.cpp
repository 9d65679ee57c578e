#include "datasets/layouts/layouts.h"

#include <algorithm>
#include <array>
#include <tuple>

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

std::map<std::string, fs::path> volume_files(const fs::path& folder,
                                             std::vector<std::string>& faults) {
  static constexpr std::array<std::string_view, 4> kEndings{".nii.gz", ".nii", ".nrrd", ".mha"};
  std::map<std::string, fs::path> files;
  std::error_code ignored;
  for (const fs::directory_entry& entry : fs::directory_iterator(folder, ignored)) {
    const std::string name = entry.path().filename().string();
    if (name.front() == '.') continue;
    for (const std::string_view ending : kEndings) {
      if (name.size() <= ending.size()) continue;
      if (name.compare(name.size() - ending.size(), ending.size(), ending) != 0) continue;
      const auto [at, is_new] =
          files.emplace(name.substr(0, name.size() - ending.size()), entry.path());
      if (!is_new) {
        faults.push_back(fmt::format("{}: has the same name as {}; keep one of the two",
                                     entry.path().string(), at->second.string()));
      }
      break;
    }
  }
  return files;
}

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

CaseListing list_folder(const DatasetDescriptor& descriptor, const fs::path& root) {
  if (!fs::is_directory(root)) {
    return {{},
            {fmt::format("{}: no such folder, expected the data of '{}' in layout '{}'; get the "
                         "data or name its folder",
                         root.string(), descriptor.name, descriptor.layout)},
            {}};
  }
  CaseListing listing = descriptor.layout == "word" ? list_word(descriptor, root)
                        : descriptor.layout == "totalsegmentator"
                            ? list_totalsegmentator(descriptor, root)
                        : descriptor.layout == "list" ? list_named(descriptor, root)
                                                      : list_nnunet(descriptor, root);
  std::sort(listing.cases.begin(), listing.cases.end(), [](const CaseFiles& a, const CaseFiles& b) {
    return std::tie(a.case_id, a.split) < std::tie(b.case_id, b.split);
  });
  if (listing.cases.empty() && listing.faults.empty()) {
    listing.faults.push_back(fmt::format(
        "{}: holds no case of layout '{}'; expected {}", root.string(), descriptor.layout,
        descriptor.layout == "totalsegmentator" ? "meta.csv and a folder per case with ct.nii.gz"
                                                : "images in imagesTr and labels in labelsTr"));
  }
  return listing;
}

std::vector<CaseFiles> list_cases(const DatasetDescriptor& descriptor, const fs::path& root) {
  CaseListing listing = list_folder(descriptor, root);
  if (listing.faults.empty()) return std::move(listing.cases);
  const size_t others = listing.faults.size() - 1;
  throw DataError("{}{}", listing.faults.front(),
                  others == 0 ? ""
                              : fmt::format(" (and {} more faults; 'nmsw check {}' lists them all)",
                                            others, root.string()));
}

}  // namespace nmsw::datasets
