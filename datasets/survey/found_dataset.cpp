#include "datasets/survey/found_dataset.h"

#include <algorithm>
#include <set>

#include "datasets/formats/volume_file.h"
#include "datasets/layouts/json_file.h"
#include "datasets/layouts/listing_judgement.h"
#include "datasets/layouts/nnunet_json.h"
#include "datasets/survey/left_right.h"
#include "nmsw/base/error.h"
#include "nmsw/base/plain_text.h"

namespace nmsw::datasets {
namespace fs = std::filesystem;
namespace {

/// Files of an OpenKBP patient that are no class.
const std::set<std::string> kNoClass{"ct", "dose", "possible_dose_mask", "voxel_dimensions"};

/// Letters, digits and a few signs of the folder's name, so that it can be a key of YAML and part of
/// a file's name.
std::string name_of(const fs::path& root) {
  const fs::path whole = (fs::absolute(root) / "").lexically_normal().parent_path();
  std::string name = whole.filename().string();
  for (char& c : name) {
    const bool plain = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
    if (!plain && c != '-') c = '_';
  }
  return name.empty() ? "dataset" : name;
}

std::vector<fs::path> folders_in(const fs::path& root) {
  std::vector<fs::path> folders;
  std::error_code ignored;
  for (const fs::directory_entry& entry : fs::directory_iterator(root, ignored)) {
    const bool hidden = entry.path().filename().string().front() == '.';
    if (!hidden && entry.is_directory(ignored)) folders.push_back(entry.path());
  }
  std::sort(folders.begin(), folders.end());
  return folders;
}

/// Folders of single patients that hold a file a class.
std::vector<fs::path> patient_folders(const fs::path& root, const std::string& layout) {
  std::vector<fs::path> patients;
  if (layout == "openkbp") {
    const fs::path data = fs::is_directory(root / "train-pats") ? root : root / "provided-data";
    for (const char* part : {"train-pats", "validation-pats", "test-pats"}) {
      for (const fs::path& patient : folders_in(data / part)) patients.push_back(patient);
    }
  } else {
    for (const fs::path& patient : folders_in(root)) patients.push_back(patient / "segmentations");
  }
  return patients;
}

void take_mask_names(const fs::path& root, FoundDataset& found) {
  std::set<std::string> names;
  for (const fs::path& patient : patient_folders(root, found.descriptor.layout)) {
    std::error_code ignored;
    for (const fs::directory_entry& entry : fs::directory_iterator(patient, ignored)) {
      const std::string file = entry.path().filename().string();
      if (file.front() == '.' || !volume_kind(entry.path())) continue;
      const std::string stem =
          found.descriptor.layout == "openkbp" ? entry.path().stem().string() : volume_stem(file);
      if (kNoClass.count(stem) == 0) names.insert(stem);
    }
  }
  if (names.empty()) {
    throw DataError("{}: no file of a class is there; expected {}", root.string(),
                    find_layout(found.descriptor.layout)->expected);
  }
  found.descriptor.classes.assign(names.begin(), names.end());
  found.classes_from = "the names of the mask files";
}

bool is_ct(const std::string& channel) { return lower_case(channel) == "ct"; }

/// A rule for each of several channels; the intensities' figures come later.
void take_channels(const std::vector<std::string>& names, FoundDataset& found) {
  if (names.size() < 2) return;
  for (const std::string& name : names) {
    ChannelRule rule;
    rule.name = name;
    rule.intensity = is_ct(name) ? IntensityRule::window : IntensityRule::zscore;
    found.descriptor.channels.push_back(rule);
  }
}

/// The numbers of the channels that the files of a folder have, where they have several.
std::vector<std::string> channels_of_files(const fs::path& images) {
  CaseListing ignored;
  std::set<std::string> channels;
  for (const auto& [name, file] : volume_files(images, ignored)) {
    const auto id = case_of_channel(name);
    // "case_0001" alone is a case of the Decathlon, which numbers no channels.
    if (id && fs::exists(images / (*id + "_0000" + file.filename().string().substr(name.size()))))
      channels.insert(name.substr(id->size() + 1));
  }
  return {channels.begin(), channels.end()};
}

void take_json(const fs::path& file, FoundDataset& found) {
  const nlohmann::json json = read_json_file(file);
  const std::vector<std::string> channels = channels_of_json(json);
  take_channels(channels, found);
  if (!channels.empty()) {
    for (const std::string& name : channels)
      found.channel += (found.channel.empty() ? "" : ", ") + name;
    found.descriptor.modality = is_ct(channels.front()) ? "CT" : "MR";
    found.modality_from = "dataset.json";
  }
  const std::map<int64_t, std::string> classes = classes_of_json(json, file);
  int64_t next = 1;
  bool in_order = true;
  for (const auto& [id, name] : classes) {
    if (id == 0) continue;
    if (lower_case(name) == "ignore") {
      throw DataError(
          "{}: labels: 'ignore' ({}) marks voxels that nobody has labelled, which is not supported "
          "yet; take the class out of the file and of the label maps",
          file.string(), id);
    }
    in_order = in_order && id == next++;
    found.descriptor.classes.push_back(name);
    found.descriptor.label_map.push_back({id, name});
  }
  if (in_order) found.descriptor.label_map.clear();
  found.classes_from = "dataset.json";
}

/// Ids are all that label maps tell of their classes.
void take_label_ids(const CaseListing& listing, FoundDataset& found) {
  // Some seconds' reading; `nmsw check` reads all and refuses an id that was not seen here.
  constexpr int64_t kMostVoxels = 2'000'000'000;
  std::set<int64_t> ids;
  int64_t voxels = 0, files = 0;
  for (const CaseFiles& entry : listing.cases) {
    if (entry.label.empty() || voxels > kMostVoxels) continue;
    std::vector<std::string> notes;
    const LabelVolume label = as_label(entry.label, read_volume_file(entry.label, notes), notes);
    std::array<bool, 256> there{};
    for (const uint8_t id : label.voxels) there[id] = true;
    for (int64_t id = 1; id < 256; ++id) {
      if (there[static_cast<size_t>(id)]) ids.insert(id);
    }
    voxels += label.geometry.voxel_count();
    ++files;
  }
  int64_t next = 1;
  bool in_order = true;
  for (const int64_t id : ids) {
    in_order = in_order && id == next++;
    const std::string name = fmt::format("label_{}", id);
    found.descriptor.classes.push_back(name);
    found.descriptor.label_map.push_back({id, name});
  }
  if (in_order) found.descriptor.label_map.clear();
  found.classes_from = fmt::format("the ids in {} label maps; there is no dataset.json", files);
}

/// Four fifths train and validate, the rest tests, as far as there are so many.
SplitRule split_of(int64_t cases, bool own_test_folder) {
  SplitRule rule;
  rule.seed = kSplitSeed;
  rule.test = own_test_folder ? 0 : std::max<int64_t>(1, cases / 5);
  rule.validation = cases - rule.test >= 4 ? std::max<int64_t>(1, cases / 10) : 0;
  rule.train = cases - rule.test - rule.validation;
  return rule;
}

/// Only the layout nnunet may come without one.
void take_split(const fs::path& root, FoundDataset& found) {
  if (found.descriptor.layout != "nnunet") {
    found.split_from = "its folders";
    if (found.descriptor.layout == "totalsegmentator") found.split_from = "meta.csv";
    return;
  }
  if (fs::exists(root / "splits_final.json")) {
    found.split_from = "the first fold of splits_final.json";
    return;
  }
  const bool own_test_folder =
      fs::is_directory(root / "imagesTs") && fs::is_directory(root / "labelsTs");
  CaseListing folder;
  const auto files = static_cast<int64_t>(volume_files(root / "imagesTr", folder).size());
  const int64_t cases = files / channel_count(found.descriptor);
  if (cases < (own_test_folder ? 1 : 2)) {
    throw DataError(
        "{}: {} case; at least two are needed, one to train on and one to test on. Add cases, or a "
        "labelled test set in imagesTs and labelsTs",
        (root / "imagesTr").string(), cases);
  }
  found.descriptor.split = split_of(cases, own_test_folder);
  found.split_from = "none is given";
}

}  // namespace

std::string found_layout(const fs::path& root) {
  if (!fs::is_directory(root))
    throw DataError("{}: no such folder; give the folder of a data set", root.string());
  if (fs::exists(root / "meta.csv") || fs::is_directory(root / "segmentations"))
    return "totalsegmentator";
  if (fs::is_directory(root / "imagesVal")) return "word";
  if (fs::is_directory(root / "imagesTr")) return "nnunet";
  for (const fs::path& place : {root, root / "provided-data"}) {
    if (fs::is_directory(place / "train-pats")) return "openkbp";
  }
  for (const fs::path& folder : folders_in(root)) {
    if (fs::is_directory(folder / "segmentations")) return "totalsegmentator";
  }
  std::string expected;
  for (const LayoutEntry& layout : layout_catalog()) {
    if (layout.name == "list") continue;
    expected +=
        fmt::format("{}{} ({})", expected.empty() ? "" : "; ", layout.expected, layout.name);
  }
  throw DataError("{}: no data set in a layout that is known; expected one of: {}", root.string(),
                  expected);
}

FoundDataset found_dataset(const fs::path& root) {
  FoundDataset found;
  DatasetDescriptor& descriptor = found.descriptor;
  descriptor.layout = found_layout(root);
  descriptor.name = name_of(root);
  if (find_layout(descriptor.layout)->file_per_class) {
    take_mask_names(root, found);
    found.modality_from = "the layout";
  } else {
    if (fs::exists(root / "dataset.json")) take_json(root / "dataset.json", found);
    if (found.channel.empty()) take_channels(channels_of_files(root / "imagesTr"), found);
    if (found.classes_from.empty()) {
      CaseListing listing = list_folder(descriptor, root);
      require_no_fault(listing, root);
      take_label_ids(listing, found);
    }
  }
  if (descriptor.classes.empty()) {
    throw DataError("{}: no class is there beside the background; add the labels", root.string());
  }
  descriptor.left_right_pairs = left_right_pairs(descriptor.classes);
  take_split(root, found);
  if (descriptor.modality == "MR") descriptor.preprocessing.intensity = IntensityRule::zscore;
  // What its keys may not say is refused as it would be in a descriptor file.
  descriptor = parse_descriptor(canonical_text(descriptor), root.string());
  return found;
}

}  // namespace nmsw::datasets
