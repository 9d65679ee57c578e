#include "datasets/layouts/nnunet_json.h"

#include <algorithm>
#include <set>

#include "nmsw/base/error.h"
#include "nmsw/base/plain_text.h"

namespace nmsw::datasets {
namespace fs = std::filesystem;
using Json = nlohmann::json;
namespace {

/// Files whose classes do not fit the descriptor would be scored under wrong names.
void compare_classes(const DatasetDescriptor& descriptor, const fs::path& file, const Json& json,
                     CaseListing& listing) {
  if (!descriptor.label_map.empty()) return;
  const std::map<int64_t, std::string> classes = classes_of_json(json, file);
  const auto count = static_cast<int64_t>(descriptor.classes.size());
  const auto own = [&](int64_t index) {
    return index >= 1 && index <= count ? descriptor.classes[static_cast<size_t>(index - 1)]
                                        : std::string("absent");
  };
  std::set<int64_t> indices;
  for (int64_t index = 1; index <= count; ++index) indices.insert(index);
  for (const auto& entry : classes) indices.insert(entry.first);
  for (const int64_t index : indices) {
    const auto found = classes.find(index);
    const std::string theirs = found == classes.end() ? "absent" : found->second;
    if (index == 0 || lower_case(own(index)) == lower_case(theirs)) continue;
    listing.faults.push_back(fmt::format(
        "{}: labels: class {} is '{}', but '{}' in the descriptor '{}'; make the two agree",
        file.string(), index, printable(theirs), own(index), descriptor.name));
    return;  // after one slip all that follow differ
  }
}

void compare_channels(const DatasetDescriptor& descriptor, const fs::path& file, const Json& json,
                      CaseListing& listing) {
  for (const char* key : {"channel_names", "modality"}) {
    const auto channels = json.find(key);
    if (channels == json.end() || !channels->is_object()) continue;
    const auto own = static_cast<size_t>(channel_count(descriptor));
    if (channels->size() != own) {
      listing.faults.push_back(
          fmt::format("{}: {}: names {} channels, the descriptor '{}' has {}; list each of them in "
                      "its key 'channels'",
                      file.string(), key, channels->size(), descriptor.name, own));
      continue;
    }
    if (own > 1) continue;
    const Json& name = channels->front();
    const std::string modality = name.is_string() ? lower_case(name.get<std::string>()) : "";
    const bool is_ct = modality == "ct";
    const bool is_mr = modality.rfind("mr", 0) == 0;
    if ((is_ct && descriptor.modality == "MR") || (is_mr && descriptor.modality == "CT")) {
      listing.remarks.push_back(
          fmt::format("{}: {}: is '{}', but the descriptor '{}' says {}; is its 'intensity' right?",
                      file.string(), key, printable(name.get<std::string>()), descriptor.name,
                      descriptor.modality));
    }
  }
}

void compare_count(const fs::path& file, const Json& json, CaseListing& listing) {
  const auto promised = json.find("numTraining");
  if (promised == json.end()) return;
  const uint64_t there = listing.cases.size();
  if (!promised->is_number_unsigned()) {
    listing.remarks.push_back(fmt::format(
        "{}: numTraining: is no whole number from 0; {} cases are there", file.string(), there));
  } else if (promised->get<uint64_t>() > there) {
    listing.faults.push_back(
        fmt::format("{}: numTraining: promises {} cases, but imagesTr has {}; fetch the others or "
                    "correct the number",
                    file.string(), promised->get<uint64_t>(), there));
  } else if (promised->get<uint64_t>() < there) {
    listing.remarks.push_back(
        fmt::format("{}: numTraining: promises {} cases, imagesTr has {}; all of them are used",
                    file.string(), promised->get<uint64_t>(), there));
  }
}

/// Paths of an entry of `training`, which is an object with both or the image alone.
struct TrainingEntry {
  std::string image, label;
};

TrainingEntry training_entry(const Json& json) {
  const auto text = [&](const char* key) {
    const auto found = json.is_object() ? json.find(key) : json.end();
    return found != json.end() && found->is_string() ? found->get<std::string>() : std::string();
  };
  if (json.is_string()) return {json.get<std::string>(), ""};
  return {text("image"), text("label")};
}

/// "3 (c1, c2, c3)".
std::string some_of(const std::vector<std::string>& names) {
  constexpr size_t kNamed = 3;
  std::string list;
  for (size_t i = 0; i < std::min(kNamed, names.size()); ++i)
    list += (i == 0 ? "" : ", ") + printable(names[i]);
  return fmt::format("{} ({}{})", names.size(), list, names.size() > kNamed ? ", …" : "");
}

/// The list `training` is the Decathlon's; folders are what counts here, as in nnU-Net.
void compare_training_list(const fs::path& file, const Json& json, CaseListing& listing) {
  const auto list = json.find("training");
  if (list == json.end() || !list->is_array() || list->empty()) return;
  std::map<std::string, fs::path> labels;
  for (const CaseFiles& files : listing.cases) labels[files.case_id] = files.label;
  std::set<std::string> listed;
  std::vector<std::string> absent, twice, elsewhere, surplus;
  for (const Json& json_entry : *list) {
    const TrainingEntry entry = training_entry(json_entry);
    std::string id = volume_stem(fs::path(entry.image).filename().string());
    if (labels.count(id) == 0) id = case_of_channel(id).value_or(id);
    if (!listed.insert(id).second) twice.push_back(id);
    const auto found = labels.find(id);
    if (found == labels.end()) {
      absent.push_back(entry.image.empty() ? json_entry.dump() : entry.image);
    } else if (!entry.label.empty() &&
               fs::path(entry.label).lexically_normal().parent_path().filename() !=
                   found->second.parent_path().filename()) {
      elsewhere.push_back(entry.label);
    }
  }
  for (const auto& entry : labels) {
    if (listed.count(entry.first) == 0) surplus.push_back(entry.first);
  }
  const auto say = [&](std::vector<std::string>& lines, const std::vector<std::string>& names,
                       const char* what) {
    if (!names.empty())
      lines.push_back(fmt::format("{}: training: {}", file.string(),
                                  fmt::format(fmt::runtime(what), some_of(names))));
  };
  say(listing.faults, absent,
      "names {} that imagesTr does not have; fetch the images or correct the list");
  say(listing.faults, twice, "names {} more than once; keep one entry each");
  say(listing.remarks, elsewhere,
      "names labels in another folder, {}; the list is not followed, labels come from labelsTr");
  say(listing.remarks, surplus,
      "does not name {} of imagesTr; the list is not followed, these cases are used too");
}

void compare_ending(const fs::path& file, const Json& json, CaseListing& listing) {
  const auto ending = json.find("file_ending");
  if (ending == json.end() || !ending->is_string() || listing.cases.empty()) return;
  const std::string text = lower_case(ending->get<std::string>());
  const bool any =
      std::any_of(listing.cases.begin(), listing.cases.end(), [&](const CaseFiles& files) {
        const std::string name = lower_case(files.image.filename().string());
        return name.size() >= text.size() &&
               name.compare(name.size() - text.size(), text.size(), text) == 0;
      });
  if (any) return;
  listing.remarks.push_back(
      fmt::format("{}: file_ending: is '{}', but no image of imagesTr ends in it; what is there is "
                  "used",
                  file.string(), printable(ending->get<std::string>())));
}

}  // namespace

std::map<int64_t, std::string> classes_of_json(const Json& json, const fs::path& file) {
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

std::vector<std::string> channels_of_json(const Json& json) {
  for (const char* key : {"channel_names", "modality"}) {
    const auto channels = json.is_object() ? json.find(key) : json.end();
    if (channels == json.end() || !channels->is_object()) continue;
    std::vector<std::string> names;
    for (const Json& name : *channels)
      names.push_back(name.is_string() ? name.get<std::string>() : name.dump());
    return names;
  }
  return {};
}

void compare_dataset_json(const DatasetDescriptor& descriptor, const Json& json,
                          const fs::path& file, CaseListing& listing) {
  if (!json.is_object())
    throw DataError("{}: expected keys with values; correct the file or take it away",
                    file.string());
  compare_classes(descriptor, file, json, listing);
  compare_channels(descriptor, file, json, listing);
  compare_count(file, json, listing);
  compare_training_list(file, json, listing);
  compare_ending(file, json, listing);
  if (json.contains("dataset")) {
    listing.remarks.push_back(fmt::format(
        "{}: dataset: names files case by case; it is not followed, imagesTr and labelsTr are used",
        file.string()));
  }
}

std::map<std::string, std::vector<Split>> splits_of_json(const Json& json, const fs::path& file,
                                                         FoldWanted wanted, CaseListing& listing) {
  if (json.is_array() && !json.empty() && wanted.fold >= static_cast<int64_t>(json.size())) {
    throw DataError("{}: fold {} is asked for, the file has the folds 0 to {}", file.string(),
                    wanted.fold, json.size() - 1);
  }
  const auto has_parts = [](const Json& fold) {
    return fold.is_object() && fold.contains("train") && fold.contains("val");
  };
  if (!json.is_array() || json.empty() || !has_parts(json[static_cast<size_t>(wanted.fold)])) {
    throw DataError(
        "{}: expected nnU-Net's list of folds, each with 'train' and 'val'; correct the file or "
        "take it away",
        file.string());
  }
  const Json& fold = json[static_cast<size_t>(wanted.fold)];
  std::map<std::string, const char*> part_of;
  std::map<std::string, std::vector<Split>> splits;
  const auto add = [&](const char* key, std::vector<Split> parts) {
    if (!fold[key].is_array())
      throw DataError("{}: '{}' is no list of case names; correct it", file.string(), key);
    for (const Json& id : fold[key]) {
      if (!id.is_string())
        throw DataError("{}: '{}' holds something that is no case name", file.string(), key);
      const auto name = id.get<std::string>();
      const auto [before, is_new] = part_of.emplace(name, key);
      if (is_new) {
        splits[name] = parts;
      } else if (before->second == key) {
        listing.faults.push_back(fmt::format("{}: case '{}' is listed twice in {}; keep one",
                                             file.string(), printable(name), key));
      } else {
        listing.faults.push_back(
            fmt::format("{}: case '{}' is in {} and in {}; a case can be in one part only, take it "
                        "out of the others",
                        file.string(), printable(name), before->second, key));
      }
    }
  };
  const bool own_test_list = fold.contains("test");
  const bool val_tests = !own_test_list && !wanted.own_test_folder;
  add("train", {Split::train});
  add("val", val_tests ? std::vector<Split>{Split::validation, Split::test}
                       : std::vector<Split>{Split::validation});
  if (own_test_list) add("test", {Split::test});
  listing.validation_tests = val_tests;
  return splits;
}

}  // namespace nmsw::datasets
