#include <algorithm>
#include <array>

#include <nlohmann/json.hpp>

#include "datasets/grid/orientation.h"
#include "datasets/image_io.h"
#include "datasets/phantoms/phantom.h"
#include "nmsw/base/atomic_file.h"
#include "nmsw/base/error.h"
#include "nmsw/base/seed.h"
#include "nmsw/base/temporary_name.h"

namespace nmsw::datasets {
namespace fs = std::filesystem;
namespace {

/// Raised when the same settings give other voxels than before.
constexpr int kPhantomVersion = 1;
constexpr const char* kStarted = "phantom.started.json";
constexpr const char* kFinished = "phantom.json";

struct PhantomCase {
  std::string split;  // train | val | test
  std::string id;
  uint64_t seed;
};

std::vector<PhantomCase> phantom_cases(const DatasetDescriptor& descriptor,
                                       const PhantomConfig& config) {
  const std::string stem = descriptor.layout == "totalsegmentator" ? "s" : descriptor.name + "_";
  std::vector<PhantomCase> cases;
  const auto add = [&](const char* split, int64_t count) {
    for (int64_t i = 0; i < count; ++i) {
      // More training cases leave the test cases as they are.
      const uint64_t seed =
          derive_seed(config.seed, {"phantom", descriptor.phantom, split, std::to_string(i)});
      cases.push_back({split, fmt::format("{}{:04}", stem, cases.size() + 1), seed});
    }
  };
  add("train", config.train_cases);
  add("val", config.validation_cases);
  add("test", config.test_cases);
  return cases;
}

/// Scanners and converters store the axes in different orders; so do these files.
AxisMap file_axes(uint64_t seed) {
  static const std::array<AxisMap, 4> maps{{{{0, 1, 2}, {false, false, false}},   // RAS
                                            {{0, 1, 2}, {true, true, false}},     // LPS
                                            {{0, 1, 2}, {true, false, false}},    // LAS
                                            {{1, 2, 0}, {false, false, true}}}};  // ASL
  return maps[derive_seed(seed, {"file axes"}) % maps.size()];
}

template <class Voxel>
Volume<Voxel> as_filed(const Volume<Voxel>& volume, uint64_t seed) {
  Volume<Voxel> filed = apply_axis_map(volume, file_axes(seed));
  uint64_t state = derive_seed(seed, {"table position"});
  // The patient's place on the table says nothing about the anatomy.
  for (double& mm : filed.geometry.origin_lps_mm) mm += 40 * next_uniform(state) - 20;
  return filed;
}

void write_masks(const DatasetDescriptor& descriptor, const LabelVolume& label,
                 const fs::path& folder) {
  for (size_t i = 0; i < descriptor.classes.size(); ++i) {
    LabelVolume mask{label.geometry, std::vector<uint8_t>(label.voxels.size(), 0)};
    bool any = false;
    for (size_t v = 0; v < mask.voxels.size(); ++v) {
      mask.voxels[v] = label.voxels[v] == i + 1 ? 1 : 0;
      any = any || mask.voxels[v] != 0;
    }
    // A missing mask file is TotalSegmentator's way to say that the class is absent.
    if (any) write_label(folder / (descriptor.classes[i] + ".nii.gz"), mask);
  }
}

void write_case(const DatasetDescriptor& descriptor, const PhantomConfig& config,
                const PhantomCase& item, const fs::path& root) {
  fs::path image, label;
  if (descriptor.layout == "totalsegmentator") {
    image = root / item.id / "ct.nii.gz";
  } else {
    const bool numbered = descriptor.layout == "nnunet";
    const std::string suffix = item.split == "test"               ? "Ts"
                               : item.split == "val" && !numbered ? "Val"
                                                                  : "Tr";
    image = root / ("images" + suffix) / (item.id + (numbered ? "_0000" : "") + ".nii.gz");
    label = root / ("labels" + suffix) / (item.id + ".nii.gz");
  }
  // The image is written last: where it is, its labels are.
  if (fs::exists(image)) return;
  const auto [hu, classes] =
      make_phantom(descriptor.phantom, descriptor.classes, config, item.seed);
  const LabelVolume filed = as_filed(classes, item.seed);
  if (label.empty()) {
    write_masks(descriptor, filed, image.parent_path() / "segmentations");
  } else {
    write_label(label, filed);
  }
  write_image(image, as_filed(hu, item.seed), ImageStorage::int16);
}

void write_index(const DatasetDescriptor& descriptor, const std::vector<PhantomCase>& cases,
                 const fs::path& root) {
  if (descriptor.layout == "totalsegmentator") {
    std::string text = "image_id;age;gender;institute;study_type;split\n";
    for (const PhantomCase& item : cases)
      text += fmt::format("{};;;phantom;phantom;{}\n", item.id, item.split);
    write_text_atomically(root / "meta.csv", text);
    return;
  }
  nlohmann::ordered_json json;
  json["name"] = descriptor.name;
  json["description"] = "computed phantoms, no patient";
  json["channel_names"]["0"] = descriptor.modality;
  json["labels"]["0"] = "background";
  for (size_t i = 0; i < descriptor.classes.size(); ++i)
    json["labels"][std::to_string(i + 1)] = descriptor.classes[i];
  json["numTraining"] =
      std::count_if(cases.begin(), cases.end(), [](const auto& c) { return c.split != "test"; });
  json["file_ending"] = ".nii.gz";
  if (descriptor.layout == "nnunet") {
    nlohmann::ordered_json fold = {{"train", nlohmann::ordered_json::array()},
                                   {"val", nlohmann::ordered_json::array()}};
    for (const PhantomCase& item : cases) {
      if (item.split != "test") fold[item.split].push_back(item.id);
    }
    write_text_atomically(root / "splits_final.json",
                          nlohmann::ordered_json::array({fold}).dump(2) + "\n");
  }
  write_text_atomically(root / "dataset.json", json.dump(2) + "\n");
}

std::string settings_text(const DatasetDescriptor& descriptor, const PhantomConfig& config) {
  nlohmann::ordered_json json;
  json["phantom_version"] = kPhantomVersion;
  json["layout"] = descriptor.layout;
  json["name"] = descriptor.name;
  json["anatomy"] = descriptor.phantom;
  json["classes"] = descriptor.classes;
  json["settings"] = dump_value(config);
  return json.dump(2) + "\n";
}

/// Whether nothing is in the folder but what processes left that were ended while they began it;
/// removes that. Earlier versions' names do not tell whether the process lives, but none of these
/// versions goes on in a folder that this one begins.
bool is_unused(const fs::path& root) {
  remove_abandoned_temporaries(root);
  std::vector<fs::path> remains;
  for (const fs::directory_entry& entry : fs::directory_iterator(root)) {
    const std::string name = entry.path().filename().string();
    if (!is_temporary_name(name)) return false;
    if (is_earlier_temporary_name(name)) remains.push_back(entry.path());
  }
  std::error_code ignored;
  for (const fs::path& file : remains) fs::remove(file, ignored);
  return true;
}

/// True where the folder is finished already. Refuses a folder of other phantoms or of other
/// things.
bool already_there(const fs::path& root, const std::string& settings) {
  for (const char* marker : {kFinished, kStarted}) {
    if (!fs::exists(root / marker)) continue;
    if (read_file(root / marker) != settings) {
      throw DataError(
          "{}: holds phantoms of other settings (see {}); choose another folder or remove this one",
          root.string(), marker);
    }
    return marker == kFinished;
  }
  if (fs::exists(root) && (!fs::is_directory(root) || !is_unused(root))) {
    throw DataError("{}: is not empty and holds no phantoms; choose another folder", root.string());
  }
  return false;
}

}  // namespace

void write_phantom_dataset(const DatasetDescriptor& descriptor, const PhantomConfig& config,
                           const fs::path& root) {
  if (descriptor.phantom.empty()) {
    throw ConfigError(
        "dataset '{}': has no phantom; use word, totalsegmentator_organ or "
        "totalsegmentator_vertebrae",
        descriptor.name);
  }
  if (descriptor.layout == "list") {
    throw ConfigError(
        "dataset '{}': phantoms are written in layout word, totalsegmentator or nnunet, not list",
        descriptor.name);
  }
  if (config.extent_xyz) require_phantom_extent(*config.extent_xyz);
  const std::string settings = settings_text(descriptor, config);
  if (already_there(root, settings)) return;
  write_text_atomically(root / kStarted, settings);
  const std::vector<PhantomCase> cases = phantom_cases(descriptor, config);
  for (const PhantomCase& item : cases) write_case(descriptor, config, item, root);
  write_index(descriptor, cases, root);
  write_text_atomically(root / kFinished, settings);
  std::error_code ignored;
  fs::remove(root / kStarted, ignored);
}

PhantomConfig phantom_config_for(int64_t total, uint64_t seed, std::optional<Int3> extent_xyz) {
  if (total < 2)
    throw ConfigError("phantom: {} cases are too few; one trains and one tests, so give at least 2",
                      total);
  PhantomConfig config;
  config.seed = seed;
  config.extent_xyz = extent_xyz;
  config.test_cases = std::max<int64_t>(1, total / 4);
  config.validation_cases = total / 12;
  config.train_cases = total - config.test_cases - config.validation_cases;
  return config;
}

DatasetDescriptor with_layout(DatasetDescriptor descriptor, const std::string& layout) {
  if (layout != "word" && layout != "totalsegmentator" && layout != "nnunet") {
    throw ConfigError("layout '{}' is not known; use word, totalsegmentator or nnunet", layout);
  }
  descriptor.layout = layout;
  descriptor.label_map.clear();
  descriptor.cases.clear();
  return descriptor;
}

}  // namespace nmsw::datasets
