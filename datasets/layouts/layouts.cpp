#include "datasets/layouts/layouts.h"

#include <algorithm>
#include <array>
#include <tuple>

#include "datasets/layouts/catalog.h"
#include "datasets/layouts/folds.h"
#include "nmsw/base/choice_hint.h"
#include "nmsw/base/error.h"
#include "nmsw/base/plain_text.h"

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

/// Whether a folder holds nothing but hidden files.
bool has_no_visible_entry(const fs::path& folder) {
  std::error_code ignored;
  const fs::directory_iterator entries(folder, ignored);
  return std::all_of(fs::begin(entries), fs::end(entries), [](const fs::directory_entry& entry) {
    return entry.path().filename().string().front() == '.';
  });
}

bool has_every_class(const DatasetDescriptor& descriptor, const CaseFiles& files) {
  return files.masks.size() == descriptor.classes.size();
}

void leave_out_incomplete(const DatasetDescriptor& descriptor, const fs::path& root,
                          CaseListing& listing) {
  const std::string lacking = lacking_classes(descriptor, listing.cases);
  if (lacking.empty()) return;
  listing.remarks.push_back(fmt::format("{}: {}; they are left out", root.string(), lacking));
  auto& cases = listing.cases;
  cases.erase(
      std::remove_if(cases.begin(), cases.end(),
                     [&](const CaseFiles& files) { return !has_every_class(descriptor, files); }),
      cases.end());
}

const LayoutEntry& layout_of(const DatasetDescriptor& descriptor) {
  if (const LayoutEntry* entry = find_layout(descriptor.layout)) return *entry;
  throw ConfigError("dataset '{}': layout '{}' is not known; {}", descriptor.name,
                    descriptor.layout, choice_hint(descriptor.layout, layout_names()));
}

}  // namespace

std::string volume_stem(const std::string& name) {
  for (const std::string_view ending : kEndings) {
    if (has_ending(name, ending)) return name.substr(0, name.size() - ending.size());
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

std::string lacking_classes(const DatasetDescriptor& descriptor,
                            const std::vector<CaseFiles>& cases) {
  std::vector<int64_t> there(descriptor.classes.size(), 0);
  int64_t incomplete = 0;
  for (const CaseFiles& files : cases) {
    if (!has_every_class(descriptor, files)) ++incomplete;
    for (const auto& mask : files.masks) ++there.at(static_cast<size_t>(mask.second) - 1);
  }
  if (incomplete == 0) return "";
  const auto total = static_cast<int64_t>(cases.size());
  std::string names;
  for (size_t i = 0; i < there.size(); ++i) {
    if (there[i] < total)
      names += fmt::format("{}{} {}", names.empty() ? "" : ", ", descriptor.classes[i],
                           total - there[i]);
  }
  return fmt::format("{} of {} cases lack the file of a class ({})", incomplete, total, names);
}

CaseListing list_folder(const DatasetDescriptor& descriptor, const fs::path& root) {
  const LayoutEntry& layout = layout_of(descriptor);
  if (!fs::is_directory(root)) {
    return {{},
            {fmt::format("{}: no such folder, expected the data of '{}' in layout '{}' ({}); get "
                         "the data or name its folder",
                         root.string(), descriptor.name, layout.name, layout.expected)},
            {},
            false,
            false,
            false};
  }
  const std::string holds_no_case = fmt::format("{}: holds no case of layout '{}'; expected {}",
                                                root.string(), layout.name, layout.expected);
  if (has_no_visible_entry(root)) return {{}, {holds_no_case}, {}, false, false, false};
  CaseListing listing = layout.list(descriptor, root);
  if (channel_count(descriptor) > 1 && layout.name != "nnunet") {
    listing.faults.push_back(fmt::format(
        "{}: '{}' has {} channels, which are read from layout nnunet only, a file each ({}_0000, "
        "{}_0001 …)",
        root.string(), descriptor.name, channel_count(descriptor), "case", "case"));
  }
  if (descriptor.require_all_classes) leave_out_incomplete(descriptor, root, listing);
  if (descriptor.fold && layout.name == "list") {
    listing.faults.push_back(fmt::format(
        "{}: folds are not drawn of cases that a descriptor lists: deformations of one scan would "
        "train and be scored; leave 'folds' out",
        root.string()));
  } else if (descriptor.fold) {
    hold_out(*descriptor.fold, root, listing);
  }
  std::sort(listing.cases.begin(), listing.cases.end(), [](const CaseFiles& a, const CaseFiles& b) {
    return std::tie(a.case_id, a.split) < std::tie(b.case_id, b.split);
  });
  if (listing.cases.empty() && listing.faults.empty()) listing.faults.push_back(holds_no_case);
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
