#include "datasets/layouts/descriptor.h"

#include <algorithm>
#include <set>

#include "datasets/layouts/embedded_descriptors.h"
#include "nmsw/base/choice_hint.h"
#include "nmsw/base/error.h"
#include "nmsw/base/path_in_yaml.h"
#include "nmsw/base/plain_text.h"

namespace nmsw::datasets {
namespace {

constexpr std::array<const char*, 3> kSplits{"train", "validation", "test"};
/// Below this ratio of control distance and displacement, tissue can fold over itself.
constexpr double kLeastGridPerRms = 8;

std::string joined(const std::vector<std::string>& words) {
  std::string text;
  for (const std::string& word : words) text += (text.empty() ? "" : ", ") + word;
  return text;
}

/// Where a key is written, or the whole file where it is not.
ConfigNode place_of(const ConfigNode& root, const char* key) {
  return root.find(key).value_or(root);
}

void choose_class_list(DatasetDescriptor& d, const ConfigNode& place) {
  if (d.class_lists.empty()) return;
  std::vector<std::string> versions;
  for (const ClassList& list : d.class_lists) {
    versions.push_back(list.version);
    if (list.version == d.version) {
      d.classes = list.classes;
      return;
    }
  }
  place.fail("version '{}' is not one of the class lists; use one of: {}", d.version,
             joined(versions));
}

void check_classes(const DatasetDescriptor& d, const ConfigNode& place) {
  if (d.classes.empty())
    place.fail("no classes are given; list the foreground classes in index order");
  if (num_classes(d) > kMostClasses) {
    place.fail("{} classes; a label map holds at most {}", d.classes.size(), kMostClasses - 1);
  }
  std::set<std::string> seen;
  for (const std::string& name : d.classes) {
    if (name.empty() || !seen.insert(name).second) {
      place.fail("class '{}' is empty or listed twice; every class needs its own name", name);
    }
    if (printable(name) != name)
      place.fail("class '{}' holds a control character; give it a plain name", printable(name));
  }
}

/// A name that no class list of the descriptor holds is a slip of the pen.
bool known_class(const DatasetDescriptor& d, const std::string& name) {
  if (class_index(d, name)) return true;
  for (const ClassList& list : d.class_lists) {
    if (std::find(list.classes.begin(), list.classes.end(), name) != list.classes.end())
      return true;
  }
  return false;
}

void require_class(const DatasetDescriptor& d, const std::string& name, const ConfigNode& place) {
  if (known_class(d, name)) return;
  const auto guess = nearest_word(name, d.classes);
  place.fail("'{}' is not one of the classes{}; use a name of the key 'classes'", name,
             guess ? ", did you mean '" + *guess + "'?" : "");
}

void check_deformations(const ListedCase& entry, const ConfigNode& place) {
  const DeformedCases& deformed = *entry.deformations;
  if (deformed.train + deformed.validation + deformed.test == 0) {
    place.fail("the deformations of case '{}' are none; give train, validation or test a number",
               entry.id);
  }
  if (deformed.grid_mm < kLeastGridPerRms * deformed.rms_mm) {
    place.fail(
        "the deformations of case '{}' would fold tissue over itself: rms_mm {} needs a grid_mm of "
        "at least {}",
        entry.id, deformed.rms_mm, kLeastGridPerRms * deformed.rms_mm);
  }
}

/// `ids` holds those of the cases before.
void check_case(const ListedCase& entry, const ConfigNode& place, std::set<std::string>& ids) {
  if (const auto fault = name_fault(entry.id)) {
    place_of(place, "id")
        .fail("the case id '{}' {}; files are named after it, give it a plain name",
              printable(entry.id), *fault);
  }
  if (entry.image.empty() || (entry.splits.empty() && !entry.deformations))
    place.fail("case '{}' needs an image, and splits or deformations; add them", entry.id);
  if (entry.deformations) check_deformations(entry, place);
  if (!ids.insert(entry.id).second)
    place_of(place, "id").fail("the id '{}' is listed twice; every case needs its own", entry.id);
  std::set<std::string> splits;
  for (const std::string& split : entry.splits) {
    if (std::find(kSplits.begin(), kSplits.end(), split) == kSplits.end()) {
      place.fail("'{}' of case '{}' is not a split; use train, validation or test", split,
                 entry.id);
    }
    if (!splits.insert(split).second)
      place.fail("case '{}' names the split '{}' twice; keep one of the two", entry.id, split);
  }
}

void check_cases(const DatasetDescriptor& d, const ConfigNode& place) {
  if ((d.layout == "list") != !d.cases.empty()) {
    place.fail("'cases' must be given for layout list, and only for it");
  }
  std::set<std::string> ids;
  const std::vector<ConfigNode> nodes = d.cases.empty() ? std::vector<ConfigNode>{} : place.items();
  for (size_t i = 0; i < d.cases.size(); ++i) check_case(d.cases[i], nodes.at(i), ids);
}

/// With label maps, only reading them would tell the classes.
void check_required_classes(const DatasetDescriptor& d, const ConfigNode& place) {
  if (!d.require_all_classes || find_layout(d.layout)->file_per_class) return;
  std::vector<std::string> layouts;
  for (const LayoutEntry& entry : layout_catalog()) {
    if (entry.file_per_class) layouts.emplace_back(entry.name);
  }
  place.fail(
      "layout '{}' has no file a class, so that the files do not tell which cases have all; "
      "take the key away (it is for layout {})",
      d.layout, joined(layouts));
}

void check_descriptor(const DatasetDescriptor& d, const ConfigNode& root) {
  const auto place = [&](const char* key) { return place_of(root, key); };
  if (d.name.empty())
    place("name").fail("the data set has no name; give it one with the key 'name'");
  if (const auto fault = name_fault(d.name)) {
    place("name").fail("'{}' {}; files are named after the data set, give it a plain name",
                       printable(d.name), *fault);
  }
  if (find_layout(d.layout) == nullptr)
    place("layout").fail("'{}' is not known; {}", d.layout, choice_hint(d.layout, layout_names()));
  if (d.modality != "CT" && d.modality != "MR") {
    place("modality")
        .fail("'{}' is not CT or MR; write MR for whatever has no Hounsfield units",
              printable(d.modality));
  }
  check_required_classes(d, place("require_all_classes"));
  check_classes(d, place("classes"));
  for (const auto& pair : d.left_right_pairs) {
    for (const std::string& name : pair) require_class(d, name, place("left_right_pairs"));
  }
  std::set<int64_t> ids;
  for (const LabelMapping& mapping : d.label_map) {
    require_class(d, mapping.class_name, place("label_map"));
    if (mapping.id > 255 || !ids.insert(mapping.id).second) {
      place("label_map").fail("id {} is above 255 or listed twice; correct it", mapping.id);
    }
  }
  if (const auto tolerances = root.find("nsd_tolerances_mm")) require_class_names(d, *tolerances);
  check_cases(d, place("cases"));
}

DatasetDescriptor read_descriptor(const ConfigNode& root) {
  auto descriptor = read_config<DatasetDescriptor>(root);
  const auto preprocessing = root.find("preprocessing");
  const bool has_rule = preprocessing && preprocessing->find("intensity");
  // A window in Hounsfield units would cut off most of an MR scan.
  if (descriptor.modality == "MR") {
    if (!has_rule) descriptor.preprocessing.intensity = IntensityRule::zscore;
    for (size_t c = 0; c < descriptor.channels.size(); ++c) {
      if (!root.find("channels")->items()[c].find("intensity"))
        descriptor.channels[c].intensity = IntensityRule::zscore;
    }
  }
  choose_class_list(descriptor, place_of(root, "version"));
  check_descriptor(descriptor, root);
  return descriptor;
}

}  // namespace

DatasetDescriptor parse_descriptor(const std::string& text, const std::string& name) {
  return read_descriptor(ConfigNode::parse(text, name));
}

DatasetDescriptor load_descriptor(const std::string& name_or_file) {
  const std::string ending = ".yaml";
  if (name_or_file.size() > ending.size() &&
      name_or_file.compare(name_or_file.size() - ending.size(), ending.size(), ending) == 0) {
    const ConfigNode root = ConfigNode::load(name_or_file);
    DatasetDescriptor descriptor = read_descriptor(root);
    if (const auto own = root.find("default_root"))
      descriptor.default_root = path_in_yaml(*own).string();
    return descriptor;
  }
  for (const auto& [name, text] : embedded_descriptors()) {
    if (name == name_or_file) return parse_descriptor(text, "datasets/" + name + ".yaml");
  }
  const auto guess = nearest_word(name_or_file, descriptor_names());
  throw ConfigError(
      "dataset '{}' is not known{}; use one of: {}, or the path of a descriptor that ends in .yaml",
      name_or_file, guess ? ", did you mean '" + *guess + "'?" : "", joined(descriptor_names()));
}

DatasetDescriptor with_version(DatasetDescriptor descriptor, const ConfigNode& version) {
  descriptor.version = version.scalar();
  choose_class_list(descriptor, version);
  return descriptor;
}

void require_class_names(const DatasetDescriptor& descriptor, const ConfigNode& map) {
  if (map.is_null()) return;
  for (const auto& [name, place] : map.entries()) require_class(descriptor, name, place);
}

std::vector<std::string> descriptor_names() {
  std::vector<std::string> names;
  for (const auto& entry : embedded_descriptors()) names.push_back(entry.first);
  std::sort(names.begin(), names.end());
  return names;
}

int64_t channel_count(const DatasetDescriptor& descriptor) {
  return std::max<int64_t>(1, static_cast<int64_t>(descriptor.channels.size()));
}

std::vector<PreprocessConfig> channel_preparations(const DatasetDescriptor& descriptor) {
  if (descriptor.channels.empty()) return {descriptor.preprocessing};
  std::vector<PreprocessConfig> configs;
  for (const ChannelRule& rule : descriptor.channels)
    configs.push_back(with_rule(descriptor.preprocessing, rule));
  return configs;
}

int64_t num_classes(const DatasetDescriptor& descriptor) {
  return static_cast<int64_t>(descriptor.classes.size()) + 1;
}

std::optional<int64_t> class_index(const DatasetDescriptor& descriptor, const std::string& name) {
  const auto found = std::find(descriptor.classes.begin(), descriptor.classes.end(), name);
  if (found == descriptor.classes.end()) return std::nullopt;
  return found - descriptor.classes.begin() + 1;
}

std::vector<int64_t> mirrored_classes(const DatasetDescriptor& descriptor) {
  std::vector<int64_t> partner(static_cast<size_t>(num_classes(descriptor)));
  for (size_t i = 0; i < partner.size(); ++i) partner[i] = static_cast<int64_t>(i);
  for (const auto& [left, right] : descriptor.left_right_pairs) {
    const auto a = class_index(descriptor, left);
    const auto b = class_index(descriptor, right);
    if (!a || !b) continue;
    partner[static_cast<size_t>(*a)] = *b;
    partner[static_cast<size_t>(*b)] = *a;
  }
  return partner;
}

}  // namespace nmsw::datasets
