#include "datasets/layouts/listing_judgement.h"

#include <algorithm>
#include <map>
#include <set>

#include "nmsw/base/error.h"
#include "nmsw/base/plain_text.h"

namespace nmsw::datasets {
namespace fs = std::filesystem;
namespace {

void judge_names(CaseListing& listing) {
  std::set<std::string> seen;
  for (const CaseFiles& files : listing.cases) {
    const auto fault = name_fault(files.case_id);
    if (!fault || !seen.insert(files.case_id).second) continue;
    listing.faults.push_back(fmt::format("{}: the name of the case {}; rename its files",
                                         printable(files.image.string()), *fault));
  }
}

/// Two entries of one id, the first of them in the earlier part.
void judge_pair(const DatasetDescriptor& descriptor, const CaseFiles& a, const CaseFiles& b,
                CaseListing& listing) {
  const std::string id = printable(b.case_id);
  if (a.split == b.split) {
    listing.faults.push_back(fmt::format("{}: case '{}' is listed twice in {}; keep one of the two",
                                         printable(b.image.string()), id, enum_name(b.split)));
    return;
  }
  const bool doubles = a.split == Split::validation && b.split == Split::test;
  if (doubles && listing.validation_tests) return;
  const std::string where =
      fmt::format("case '{}' is in {} and in {}", id, enum_name(a.split), enum_name(b.split));
  if (descriptor.layout == "list" && a.image == b.image) {
    // The descriptor says so itself, so nobody is deceived.
    listing.remarks.push_back(fmt::format(
        "{}: {}, as the descriptor '{}' names it; its scores are no estimate for other patients",
        printable(b.image.string()), where, descriptor.name));
    return;
  }
  listing.faults.push_back(
      fmt::format("{}: {}; a case can be in one part only, take it out of the others, or rename it "
                  "where it is another one",
                  printable(b.image.string()), where));
}

void judge_partition(const DatasetDescriptor& descriptor, CaseListing& listing) {
  for (size_t i = 1; i < listing.cases.size(); ++i) {
    const CaseFiles& before = listing.cases[i - 1];
    if (before.case_id == listing.cases[i].case_id)
      judge_pair(descriptor, before, listing.cases[i], listing);
  }
}

void judge_parts(const DatasetDescriptor& descriptor, const fs::path& root, CaseListing& listing) {
  if (!listing.split_known || listing.cases.empty()) return;
  int64_t train = 0, test = 0, labelled_test = 0;
  for (const CaseFiles& files : listing.cases) {
    train += files.split == Split::train ? 1 : 0;
    if (files.split != Split::test) continue;
    ++test;
    labelled_test += files.has_label() ? 1 : 0;
  }
  if (train == 0) {
    listing.faults.push_back(
        fmt::format("{}: no case of '{}' is in train, so nothing can be trained; correct the split",
                    root.string(), descriptor.name));
  }
  if (labelled_test > 0) return;
  listing.faults.push_back(fmt::format(
      "{}: {}, so nothing can be scored; {}", root.string(),
      test == 0
          ? fmt::format("no case of '{}' is in test", descriptor.name)
          : fmt::format("none of the {} test cases of '{}' has a label", test, descriptor.name),
      test == 0 ? "correct the split" : "fetch the test labels, or name labelled test cases"));
}

/// Classes of a data set of masks, by their files alone.
std::vector<ShownClasses> classes_by_mask(const CaseListing& listing) {
  std::vector<ShownClasses> found;
  for (const CaseFiles& files : listing.cases) {
    if (files.masks.empty()) continue;
    ShownClasses shown{files.split, {}};
    for (const auto& mask : files.masks) shown.classes.push_back(mask.second);
    found.push_back(std::move(shown));
  }
  return found;
}

/// "; is this version v1?" where another class list of the descriptor lacks the class.
std::string version_hint(const DatasetDescriptor& descriptor, const std::string& name) {
  for (const ClassList& list : descriptor.class_lists) {
    const bool has =
        std::find(list.classes.begin(), list.classes.end(), name) != list.classes.end();
    if (list.version != descriptor.version && !has)
      return fmt::format("; is this version {}, and not {}?", list.version, descriptor.version);
  }
  return "; the network would learn it as background, and no score would show it";
}

}  // namespace

std::vector<std::string> absent_class_remarks(const DatasetDescriptor& descriptor,
                                              const fs::path& root,
                                              const std::vector<ShownClasses>& found) {
  std::set<int64_t> anywhere, in_training;
  for (const ShownClasses& shown : found) {
    anywhere.insert(shown.classes.begin(), shown.classes.end());
    if (shown.split == Split::train) in_training.insert(shown.classes.begin(), shown.classes.end());
  }
  std::vector<std::string> remarks;
  for (size_t i = 0; i < descriptor.classes.size(); ++i) {
    const std::string& name = descriptor.classes[i];
    const auto index = static_cast<int64_t>(i) + 1;
    if (anywhere.count(index) == 0) {
      remarks.push_back(fmt::format("{}: class '{}' ({}) is in no case{}", root.string(), name,
                                    index, version_hint(descriptor, name)));
    } else if (in_training.count(index) == 0) {
      remarks.push_back(
          fmt::format("{}: class '{}' ({}) is in no case that trains, so it cannot be "
                      "learned",
                      root.string(), name, index));
    }
  }
  return remarks;
}

std::vector<std::string> same_image_remarks(const std::vector<CaseFiles>& cases,
                                            FileDigests& digests) {
  std::map<std::string, const CaseFiles*> training;
  std::vector<const CaseFiles*> tested;
  std::map<const CaseFiles*, std::string> contents;
  for (const CaseFiles& files : cases) {
    if (files.deformation || files.split == Split::validation) continue;
    std::string& digest = contents[&files];
    for (const fs::path& file : files_of_image(files.image)) digest += digests.of(file);
    if (files.split == Split::train) {
      training.emplace(digest, &files);
    } else {
      tested.push_back(&files);
    }
  }
  std::vector<std::string> remarks;
  for (const CaseFiles* test : tested) {
    const auto twin = training.find(contents[test]);
    if (twin == training.end() || twin->second->case_id == test->case_id) continue;
    remarks.push_back(fmt::format(
        "{}: the test case '{}' is the same image as '{}', which trains; its scores are no "
        "estimate "
        "for other patients",
        test->image.string(), printable(test->case_id), printable(twin->second->case_id)));
  }
  return remarks;
}

CaseListing judged_listing(const DatasetDescriptor& descriptor, const fs::path& root) {
  CaseListing listing = list_folder(descriptor, root);
  judge_names(listing);
  judge_partition(descriptor, listing);
  judge_parts(descriptor, root, listing);
  const std::vector<ShownClasses> by_mask = classes_by_mask(listing);
  if (by_mask.empty()) return listing;
  for (std::string& remark : absent_class_remarks(descriptor, root, by_mask))
    listing.remarks.push_back(std::move(remark));
  return listing;
}

CaseListing usable_listing(const DatasetDescriptor& descriptor, const fs::path& root) {
  CaseListing listing = judged_listing(descriptor, root);
  require_no_fault(listing, root);
  return listing;
}

}  // namespace nmsw::datasets
