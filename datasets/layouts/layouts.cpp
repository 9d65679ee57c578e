#include "datasets/layouts/layouts.h"

#include <algorithm>
#include <array>
#include <tuple>

#include "nmsw/base/error.h"
#include "nmsw/base/plain_text.h"
#include "nmsw/base/seed.h"

namespace nmsw::datasets {
namespace fs = std::filesystem;
namespace {

constexpr std::array<std::string_view, 4> kEndings{".nii.gz", ".nii", ".nrrd", ".mha"};

/// A case must not vanish without a word.
std::string passed_over(const fs::path& folder, std::vector<std::string> names) {
  constexpr size_t kNamed = 5;
  std::sort(names.begin(), names.end());
  std::string list;
  for (size_t i = 0; i < std::min(kNamed, names.size()); ++i)
    list += (i == 0 ? "" : ", ") + printable(names[i]);
  if (names.size() > kNamed) list += fmt::format(" and {} more", names.size() - kNamed);
  return fmt::format(
      "{}: passed over, as only .nii.gz, .nii, .nrrd and .mha are looked for: {}; convert what is "
      "a case",
      folder.string(), list);
}

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

std::string lower_case(std::string text) {
  std::transform(text.begin(), text.end(), text.begin(),
                 [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c; });
  return text;
}

std::string volume_stem(const std::string& name) {
  const std::string lower = lower_case(name);
  for (const std::string_view ending : kEndings) {
    if (name.size() > ending.size() &&
        lower.compare(name.size() - ending.size(), ending.size(), ending) == 0)
      return name.substr(0, name.size() - ending.size());
  }
  return name;
}

std::map<std::string, fs::path> volume_files(const fs::path& folder, CaseListing& listing) {
  std::map<std::string, fs::path> files;
  std::vector<std::string> others;
  std::error_code ignored;
  for (const fs::directory_entry& entry : fs::directory_iterator(folder, ignored)) {
    const std::string name = entry.path().filename().string();
    if (name.front() == '.') continue;
    const std::string stem = volume_stem(name);
    if (stem == name) {
      others.push_back(name);
      continue;
    }
    const auto [at, is_new] = files.emplace(stem, entry.path());
    if (is_new) continue;
    const auto [first, second] = std::minmax(at->second, entry.path());
    listing.faults.push_back(fmt::format("{}: has the same name as {}; keep one of the two",
                                         second.string(), first.string()));
  }
  if (!others.empty()) listing.remarks.push_back(passed_over(folder, std::move(others)));
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
            {},
            false,
            false};
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

void require_no_fault(const CaseListing& listing, const fs::path& root) {
  constexpr size_t kNamed = 20;
  const std::vector<std::string>& faults = listing.faults;
  if (faults.empty()) return;
  std::string text = faults.front();
  for (size_t i = 1; i < std::min(kNamed, faults.size()); ++i) text += '\n' + faults[i];
  if (faults.size() > kNamed) {
    text += fmt::format("\nand {} more faults; 'nmsw check {}' lists them all",
                        faults.size() - kNamed, root.string());
  }
  throw DataError("{}", text);
}

std::vector<CaseFiles> list_cases(const DatasetDescriptor& descriptor, const fs::path& root) {
  CaseListing listing = list_folder(descriptor, root);
  require_no_fault(listing, root);
  return std::move(listing.cases);
}

}  // namespace nmsw::datasets
