#include <algorithm>
#include <functional>
#include <set>

#include "datasets/layouts/json_file.h"
#include "datasets/layouts/layouts.h"
#include "datasets/layouts/nnunet_json.h"
#include "nmsw/base/error.h"
#include "nmsw/base/seed.h"

namespace nmsw::datasets {
namespace fs = std::filesystem;
namespace {

/// Images of a folder with their labels; nnU-Net numbers the channels (`_0000`), the Decathlon does
/// not.
void list_images(const fs::path& images_at, const fs::path& labels_at, Split split,
                 CaseListing& listing) {
  auto labels = volume_files(labels_at, listing);
  for (const auto& [name, image] : volume_files(images_at, listing)) {
    std::string id = name;
    const auto numbered = case_of_channel(name);
    if (numbered && labels.count(name) == 0) {
      id = *numbered;
      if (name.substr(name.size() - 4) != "0000") {
        listing.faults.push_back(
            fmt::format("{}: a further channel of case '{}'; only one channel is read, take the "
                        "others out of the folder",
                        image.string(), id));
        continue;
      }
    }
    CaseFiles files;
    files.case_id = id;
    files.split = split;
    files.image = image;
    if (const auto label = labels.find(id); label != labels.end()) {
      files.label = label->second;
      labels.erase(label);
    } else {
      listing.faults.push_back(
          fmt::format("{}: no label for it in {}; add the label file '{}' or take the image away",
                      image.string(), labels_at.string(), id));
    }
    listing.cases.push_back(std::move(files));
  }
  for (const auto& entry : labels) {
    listing.remarks.push_back(fmt::format("{}: no image for this label in {}",
                                          entry.second.string(), images_at.string()));
  }
}

/// The cases in the order in which the split takes them. A drawn order leaves the others where they
/// are when a case comes or goes.
std::vector<std::string> split_order(const std::set<std::string>& ids,
                                     const std::optional<int64_t>& seed) {
  std::vector<std::string> order(ids.begin(), ids.end());
  if (!seed) return order;
  const auto draw = [&](const std::string& id) {
    return derive_seed(static_cast<uint64_t>(*seed), {"split", id});
  };
  std::sort(order.begin(), order.end(), [&](const std::string& a, const std::string& b) {
    return std::make_pair(draw(a), a) < std::make_pair(draw(b), b);
  });
  return order;
}

/// Splits the training folder where no file does it.
std::map<std::string, std::vector<Split>> split_by_name(const DatasetDescriptor& descriptor,
                                                        const fs::path& folder,
                                                        const std::set<std::string>& ids,
                                                        bool own_test_folder) {
  const auto total = static_cast<int64_t>(ids.size());
  SplitRule rule;
  if (descriptor.split) {
    rule = *descriptor.split;
    const int64_t wanted = rule.train + rule.validation + rule.test;
    if (wanted != total) {
      throw DataError(
          "{}: {} cases, but the split of '{}' is {} + {} + {} = {}; complete the folder or change "
          "the "
          "descriptor's key 'split'",
          folder.string(), total, descriptor.name, rule.train, rule.validation, rule.test, wanted);
    }
  } else {
    rule.test = own_test_folder ? 0 : (total + 4) / 5;
    rule.validation = total / 10;
    rule.train = total - rule.validation - rule.test;
  }
  std::map<std::string, std::vector<Split>> splits;
  int64_t i = 0;
  for (const std::string& id : split_order(ids, rule.seed)) {
    splits[id] = {i < rule.train                     ? Split::train
                  : i < rule.train + rule.validation ? Split::validation
                                                     : Split::test};
    ++i;
  }
  return splits;
}

void assign_splits(const DatasetDescriptor& descriptor, const fs::path& root, bool own_test_folder,
                   CaseListing& listing) {
  std::set<std::string> ids;
  for (const CaseFiles& files : listing.cases) ids.insert(files.case_id);
  const fs::path splits_file = root / "splits_final.json";
  const auto splits =
      fs::exists(splits_file)
          ? splits_of_json(read_json_file(splits_file), splits_file, own_test_folder, listing)
          : split_by_name(descriptor, root / "imagesTr", ids, own_test_folder);
  for (const auto& entry : splits) {
    if (ids.count(entry.first) == 0) {
      listing.faults.push_back(
          fmt::format("{}: case '{}' has no image in {}; correct the split or fetch the image",
                      splits_file.string(), entry.first, (root / "imagesTr").string()));
    }
  }
  std::vector<CaseFiles> assigned;
  for (const CaseFiles& files : listing.cases) {
    const auto found = splits.find(files.case_id);
    if (found == splits.end()) {
      listing.remarks.push_back(
          fmt::format("{}: in no split of {}", files.image.string(), splits_file.string()));
      continue;
    }
    for (const Split split : found->second) {
      assigned.push_back(files);
      assigned.back().split = split;
    }
  }
  listing.cases = std::move(assigned);
}

}  // namespace

std::optional<std::string> case_of_channel(const std::string& name) {
  const bool numbered = name.size() > 5 && name[name.size() - 5] == '_' &&
                        name.find_first_not_of("0123456789", name.size() - 4) == std::string::npos;
  return numbered ? std::optional<std::string>(name.substr(0, name.size() - 5)) : std::nullopt;
}

/// imagesTr/<case>[_0000].*, labelsTr/<case>.*, optional dataset.json, splits_final.json,
/// imagesTs/labelsTs.
CaseListing list_nnunet(const DatasetDescriptor& descriptor, const fs::path& root) {
  CaseListing listing;
  // A part that cannot be read leaves the others to be looked through.
  const auto look = [&](const std::function<void()>& part) {
    try {
      part();
    } catch (const DataError& error) {
      listing.faults.emplace_back(error.what());
    }
  };
  list_images(root / "imagesTr", root / "labelsTr", Split::train, listing);
  if (fs::exists(root / "dataset.json"))
    look([&] {
      const fs::path file = root / "dataset.json";
      compare_dataset_json(descriptor, read_json_file(file), file, listing);
    });
  // The Decathlon's imagesTs have no labels and cannot be scored: only a labelled folder is a
  // test set.
  const bool own_test_folder =
      fs::is_directory(root / "labelsTs") && fs::is_directory(root / "imagesTs");
  listing.split_known = false;
  look([&] {
    if (!listing.cases.empty()) assign_splits(descriptor, root, own_test_folder, listing);
    listing.split_known = true;
  });
  if (own_test_folder) list_images(root / "imagesTs", root / "labelsTs", Split::test, listing);
  return listing;
}

}  // namespace nmsw::datasets
