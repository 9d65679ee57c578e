#include <algorithm>
#include <functional>
#include <set>

#include "datasets/layouts/drawn_order.h"
#include "datasets/layouts/json_file.h"
#include "datasets/layouts/layouts.h"
#include "datasets/layouts/nnunet_json.h"
#include "nmsw/base/error.h"

namespace nmsw::datasets {
namespace fs = std::filesystem;
namespace {

/// The number of a channel in a file's name ("case_0001"), where the name has one and no label is
/// called so.
std::optional<int64_t> channel_number(const std::string& name,
                                      const std::map<std::string, fs::path>& labels) {
  if (!case_of_channel(name) || labels.count(name) > 0) return std::nullopt;
  return std::stoll(name.substr(name.size() - 4));
}

/// The files of one case's channels, by number; a file without a number is channel 0.
using ChannelFiles = std::map<int64_t, fs::path>;

std::map<std::string, ChannelFiles> files_by_case(const std::map<std::string, fs::path>& images,
                                                  const std::map<std::string, fs::path>& labels,
                                                  CaseListing& listing) {
  std::map<std::string, ChannelFiles> cases;
  for (const auto& [name, image] : images) {
    const auto number = channel_number(name, labels);
    const std::string id = number ? *case_of_channel(name) : name;
    const auto [at, is_new] = cases[id].emplace(number.value_or(0), image);
    if (is_new) continue;
    listing.faults.push_back(
        fmt::format("{}: is the first channel of case '{}', as {} is; keep one", image.string(), id,
                    at->second.string()));
  }
  return cases;
}

/// Says which channels a case lacks and which are too many; the files of those that are wanted.
std::vector<fs::path> wanted_channels(const std::string& id, const ChannelFiles& there,
                                      int64_t count, CaseListing& listing) {
  std::vector<fs::path> wanted;
  for (const auto& [number, file] : there) {
    if (number < count) {
      wanted.push_back(file);
    } else {
      listing.faults.push_back(fmt::format(
          "{}: channel {} of case '{}', but the descriptor has {}; list every channel in its key "
          "'channels', or take the file out of the folder",
          file.string(), number, id, count == 1 ? "one" : std::to_string(count)));
    }
  }
  for (int64_t number = 0; number < count; ++number) {
    if (there.count(number) > 0) continue;
    listing.faults.push_back(
        fmt::format("{}: case '{}' lacks its channel {}; add the file {}_{:04}",
                    there.begin()->second.parent_path().string(), id, number, id, number));
  }
  return wanted;
}

/// Images of a folder with their labels; nnU-Net numbers the channels (`_0000`), the Decathlon does
/// not.
void list_images(const DatasetDescriptor& descriptor, const fs::path& images_at,
                 const fs::path& labels_at, Split split, CaseListing& listing) {
  auto labels = volume_files(labels_at, listing);
  for (const auto& [id, there] : files_by_case(volume_files(images_at, listing), labels, listing)) {
    const std::vector<fs::path> channels =
        wanted_channels(id, there, channel_count(descriptor), listing);
    if (channels.empty()) continue;
    CaseFiles files;
    files.case_id = id;
    files.split = split;
    files.image = channels.front();
    files.further_channels.assign(channels.begin() + 1, channels.end());
    if (const auto label = labels.find(id); label != labels.end()) {
      files.label = label->second;
      labels.erase(label);
    } else {
      listing.faults.push_back(
          fmt::format("{}: no label for it in {}; add the label file '{}' or take the image away",
                      files.image.string(), labels_at.string(), id));
    }
    listing.cases.push_back(std::move(files));
  }
  for (const auto& entry : labels) {
    listing.remarks.push_back(fmt::format("{}: no image for this label in {}",
                                          entry.second.string(), images_at.string()));
  }
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
  const std::vector<std::string> order = rule.seed
                                             ? drawn_order(ids, *rule.seed, "split")
                                             : std::vector<std::string>(ids.begin(), ids.end());
  for (const std::string& id : order) {
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
  listing.folds_known = fs::exists(splits_file);
  if (descriptor.fold && !listing.folds_known) return;
  const int64_t fold = descriptor.fold ? descriptor.fold->index : 0;
  const auto splits = listing.folds_known
                          ? splits_of_json(read_json_file(splits_file), splits_file,
                                           {fold, own_test_folder}, listing)
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

/// imagesTr/<case>[_0000, _0001 …].*, labelsTr/<case>.*, optional dataset.json, splits_final.json,
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
  list_images(descriptor, root / "imagesTr", root / "labelsTr", Split::train, listing);
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
  if (own_test_folder)
    list_images(descriptor, root / "imagesTs", root / "labelsTs", Split::test, listing);
  return listing;
}

}  // namespace nmsw::datasets
