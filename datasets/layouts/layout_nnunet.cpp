#include <algorithm>
#include <cctype>
#include <set>

#include <nlohmann/json.hpp>

#include "datasets/layouts/layouts.h"
#include "nmsw/base/atomic_file.h"
#include "nmsw/base/error.h"

namespace nmsw::datasets {
namespace fs = std::filesystem;
using Json = nlohmann::ordered_json;
namespace {

Json read_json(const fs::path& file) {
  try {
    return Json::parse(read_file(file));
  } catch (const Json::exception& error) {
    throw DataError("{}: not valid JSON ({}); correct the file or take it away", file.string(),
                    error.what());
  }
}

std::string lower(std::string text) {
  std::transform(text.begin(), text.end(), text.begin(),
                 [](unsigned char c) { return std::tolower(c); });
  return text;
}

/// The class names of dataset.json by index: {"0": "background", …} (Decathlon) or {"background":
/// 0, …} (nnU-Net 2).
std::map<int64_t, std::string> classes_of(const fs::path& file, const Json& json) {
  const auto labels = json.find("labels");
  if (labels == json.end() || !labels->is_object()) {
    throw DataError(
        "{}: no map 'labels' with the classes; add it, or take the file away to use the "
        "descriptor's classes",
        file.string());
  }
  std::map<int64_t, std::string> classes;
  for (const auto& [key, value] : labels->items()) {
    const bool by_index = value.is_string();
    const std::string number = by_index ? key : value.dump();
    if (number.empty() || number.find_first_not_of("0123456789") != std::string::npos ||
        number.size() > 3) {
      throw DataError(
          "{}: labels: '{}' has no single whole number 0..255 as index; regions of several labels "
          "cannot be "
          "used",
          file.string(), by_index ? key : key + ": " + number);
    }
    classes[std::stoll(number)] = by_index ? value.get<std::string>() : key;
  }
  return classes;
}

/// Files whose classes do not fit the descriptor would be scored under wrong names.
void check_dataset_json(const DatasetDescriptor& descriptor, const fs::path& file) {
  const Json json = read_json(file);
  if (!descriptor.label_map.empty()) return;
  for (const auto& [index, name] : classes_of(file, json)) {
    if (index == 0) continue;
    const auto count = static_cast<int64_t>(descriptor.classes.size());
    if (index <= count && lower(descriptor.classes[static_cast<size_t>(index - 1)]) == lower(name))
      continue;
    throw DataError(
        "{}: labels: class {} is '{}', but '{}' in the descriptor '{}'; make the two agree",
        file.string(), index, name,
        index <= count ? descriptor.classes[static_cast<size_t>(index - 1)] : "absent",
        descriptor.name);
  }
}

/// Images of a folder with their labels; nnU-Net numbers the channels (`_0000`), the Decathlon does
/// not.
void list_images(const fs::path& images_at, const fs::path& labels_at, Split split,
                 CaseListing& listing) {
  auto labels = volume_files(labels_at, listing.faults);
  for (const auto& [name, image] : volume_files(images_at, listing.faults)) {
    std::string id = name;
    const bool numbered =
        name.size() > 5 && name[name.size() - 5] == '_' &&
        name.find_first_not_of("0123456789", name.size() - 4) == std::string::npos;
    if (numbered && labels.count(name) == 0) {
      id = name.substr(0, name.size() - 5);
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

/// The first fold of splits_final.json, with a "test" list where it has one.
std::map<std::string, std::vector<Split>> read_splits(const fs::path& file, bool own_test_folder) {
  const Json json = read_json(file);
  if (!json.is_array() || json.empty() || !json[0].is_object() || !json[0].contains("train") ||
      !json[0].contains("val")) {
    throw DataError(
        "{}: expected nnU-Net's list of folds, each with 'train' and 'val'; correct the file or "
        "take it away",
        file.string());
  }
  const Json& fold = json[0];
  std::map<std::string, std::vector<Split>> splits;
  const auto add = [&](const char* key, Split split) {
    for (const Json& id : fold[key]) {
      if (!id.is_string())
        throw DataError("{}: '{}' holds something that is no case name", file.string(), key);
      splits[id.get<std::string>()].push_back(split);
    }
  };
  add("train", Split::train);
  add("val", Split::validation);
  if (fold.contains("test")) {
    add("test", Split::test);
  } else if (!own_test_folder) {
    add("val", Split::test);
  }
  return splits;
}

/// Splits the training folder by sorted name where no file does it.
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
  for (const std::string& id : ids) {
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
  const auto splits = fs::exists(splits_file)
                          ? read_splits(splits_file, own_test_folder)
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

CaseListing list_nnunet(const DatasetDescriptor& descriptor, const fs::path& root) {
  CaseListing listing;
  try {
    if (fs::exists(root / "dataset.json")) check_dataset_json(descriptor, root / "dataset.json");
    list_images(root / "imagesTr", root / "labelsTr", Split::train, listing);
    // The Decathlon's imagesTs have no labels and cannot be scored: only a labelled folder is a
    // test set.
    const bool own_test_folder =
        fs::is_directory(root / "labelsTs") && fs::is_directory(root / "imagesTs");
    if (!listing.cases.empty()) assign_splits(descriptor, root, own_test_folder, listing);
    if (own_test_folder) list_images(root / "imagesTs", root / "labelsTs", Split::test, listing);
  } catch (const DataError& error) {
    listing.faults.emplace_back(error.what());
  }
  return listing;
}

}  // namespace nmsw::datasets
