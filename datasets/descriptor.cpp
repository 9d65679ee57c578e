#include "datasets/descriptor.h"

#include <algorithm>
#include <set>

#include "datasets/embedded_descriptors.h"
#include "nmsw/base/error.h"

namespace nmsw::datasets {
namespace {

constexpr std::array<const char*, 4> kLayouts{"word", "totalsegmentator", "nnunet", "list"};
constexpr std::array<const char*, 3> kSplits{"train", "validation", "test"};
constexpr size_t kMostClasses = 255;

std::string joined(const std::vector<std::string>& words) {
  std::string text;
  for (const std::string& word : words) text += (text.empty() ? "" : ", ") + word;
  return text;
}

void choose_class_list(DatasetDescriptor& d, const std::string& file) {
  if (d.class_lists.empty()) return;
  std::vector<std::string> versions;
  for (const ClassList& list : d.class_lists) {
    versions.push_back(list.version);
    if (list.version == d.version) {
      d.classes = list.classes;
      return;
    }
  }
  throw ConfigError("{}: version: '{}' is not one of the class lists; use one of: {}", file,
                    d.version, joined(versions));
}

void check_classes(const DatasetDescriptor& d, const std::string& file) {
  if (d.classes.empty()) {
    throw ConfigError("{}: classes: no class given; list the foreground classes in index order",
                      file);
  }
  if (d.classes.size() > kMostClasses) {
    throw ConfigError("{}: classes: {} classes; a label map holds at most {}", file,
                      d.classes.size(), kMostClasses);
  }
  std::set<std::string> seen;
  for (const std::string& name : d.classes) {
    if (name.empty() || !seen.insert(name).second) {
      throw ConfigError(
          "{}: classes: '{}' is empty or listed twice; every class needs its own name", file, name);
    }
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

void require_class(const DatasetDescriptor& d, const std::string& name, const char* key,
                   const std::string& file) {
  if (known_class(d, name)) return;
  const auto guess = nearest_word(name, d.classes);
  throw ConfigError("{}: {}: '{}' is not one of the classes{}; use a name of the key 'classes'",
                    file, key, name, guess ? ", did you mean '" + *guess + "'?" : "");
}

void check_cases(const DatasetDescriptor& d, const std::string& file) {
  if ((d.layout == "list") != !d.cases.empty()) {
    throw ConfigError("{}: cases: must be given for layout list, and only for it", file);
  }
  std::set<std::string> ids;
  for (const ListedCase& entry : d.cases) {
    if (entry.id.empty() || entry.image.empty() || entry.splits.empty()) {
      throw ConfigError("{}: cases: case '{}' needs id, image and splits", file, entry.id);
    }
    if (!ids.insert(entry.id).second)
      throw ConfigError("{}: cases: the id '{}' is listed twice", file, entry.id);
    for (const std::string& split : entry.splits) {
      if (std::find(kSplits.begin(), kSplits.end(), split) == kSplits.end()) {
        throw ConfigError(
            "{}: cases: '{}' of case '{}' is not a split; use train, validation or test", file,
            split, entry.id);
      }
    }
  }
}

void check_descriptor(const DatasetDescriptor& d, const std::string& file) {
  if (d.name.empty()) throw ConfigError("{}: name: missing; give the data set a name", file);
  if (std::find(kLayouts.begin(), kLayouts.end(), d.layout) == kLayouts.end()) {
    throw ConfigError("{}: layout: '{}' is not known; use word, totalsegmentator, nnunet or list",
                      file, d.layout);
  }
  check_classes(d, file);
  for (const auto& pair : d.left_right_pairs) {
    for (const std::string& name : pair) require_class(d, name, "left_right_pairs", file);
  }
  std::set<int64_t> ids;
  for (const LabelMapping& mapping : d.label_map) {
    require_class(d, mapping.class_name, "label_map", file);
    if (mapping.id > 255 || !ids.insert(mapping.id).second) {
      throw ConfigError("{}: label_map: id {} is above 255 or listed twice", file, mapping.id);
    }
  }
  check_cases(d, file);
}

}  // namespace

DatasetDescriptor parse_descriptor(const std::string& text, const std::string& name) {
  auto descriptor = read_config<DatasetDescriptor>(ConfigNode::parse(text, name));
  choose_class_list(descriptor, name);
  check_descriptor(descriptor, name);
  return descriptor;
}

DatasetDescriptor load_descriptor(const std::string& name_or_file) {
  const std::string ending = ".yaml";
  if (name_or_file.size() > ending.size() &&
      name_or_file.compare(name_or_file.size() - ending.size(), ending.size(), ending) == 0) {
    auto descriptor = read_config<DatasetDescriptor>(ConfigNode::load(name_or_file));
    choose_class_list(descriptor, name_or_file);
    check_descriptor(descriptor, name_or_file);
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

DatasetDescriptor with_version(DatasetDescriptor descriptor, const std::string& version) {
  descriptor.version = version;
  choose_class_list(descriptor, descriptor.name);
  return descriptor;
}

std::vector<std::string> descriptor_names() {
  std::vector<std::string> names;
  for (const auto& entry : embedded_descriptors()) names.push_back(entry.first);
  std::sort(names.begin(), names.end());
  return names;
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
