#pragma once

#include <array>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "datasets/layouts/catalog.h"
#include "datasets/preparation/preprocess_config.h"
#include "nmsw/base/config_fields.h"
#include "nmsw/base/volume.h"

namespace nmsw::datasets {

/// One of a data set's published class lists (TotalSegmentator changed its list from v1 to v2).
struct ClassList {
  std::string version;
  std::vector<std::string> classes;
};
template <class Visitor>
void visit_fields(ClassList& list, Visitor& v) {
  v.field("version", list.version, "name of the list, what the key 'version' selects");
  v.field("classes", list.classes, "foreground classes in index order, from 1");
}

/// A label id of the files and the class it stands for; ids that are not listed become background.
struct LabelMapping {
  int64_t id = 0;
  std::string class_name;
};
template <class Visitor>
void visit_fields(LabelMapping& mapping, Visitor& v) {
  v.field("id", mapping.id, not_negative, "id in the label file");
  v.field("class", mapping.class_name, "name of the class it stands for");
}

/// Smooth random deformations of a listed case, each a case of its own that is made when it is
/// read: ct_a_train_d000, ct_a_train_d001, … How many there are changes none of them. Image and
/// label move together.
struct DeformedCases {
  int64_t train = 0;
  int64_t validation = 0;
  int64_t test = 0;
  double rms_mm = 6;
  double grid_mm = 64;
  int64_t seed = 0;
};
template <class Visitor>
void visit_fields(DeformedCases& d, Visitor& v) {
  v.field("train", d.train, case_count, "how many train");
  v.field("validation", d.validation, case_count, "how many validate");
  v.field("test", d.test, case_count, "how many test");
  v.field("rms_mm", d.rms_mm, positive, "root mean square displacement along an axis");
  v.field("grid_mm", d.grid_mm, positive, "distance of the control points, at least 8 rms_mm");
  v.field("seed", d.seed, "root of their random numbers");
}

/// One case of layout `list`. Naming several splits puts the same case into each of them; with
/// `deformations` it may name none.
struct ListedCase {
  std::string id;
  std::vector<std::string> splits;
  std::string image;
  std::string label;
  std::optional<DeformedCases> deformations;
};
template <class Visitor>
void visit_fields(ListedCase& entry, Visitor& v) {
  v.field("id", entry.id, "name of the case");
  v.field("splits", entry.splits, "train, validation and/or test");
  v.field("image", entry.image,
          "image file or folder of DICOM slices, relative to the data set's folder");
  v.field("label", entry.label, "label file, relative to the data set's folder; empty: none");
  v.field("deformations", entry.deformations, "random deformations of it as further cases");
}

/// Fixed split of a case list, for folders that carry none: the first `train` names train, and so
/// on, in order of name or, with a seed, in an order that it draws.
struct SplitRule {
  int64_t train = 0;
  int64_t validation = 0;
  int64_t test = 0;
  std::optional<int64_t> seed;
};
template <class Visitor>
void visit_fields(SplitRule& rule, Visitor& v) {
  v.field("train", rule.train, case_count, "how many cases, first in the order, train");
  v.field("validation", rule.validation, case_count, "how many cases validate");
  v.field("test", rule.test, case_count, "how many cases test");
  v.field("seed", rule.seed, "draws the order of the cases; absent: the order of their names");
}

/// One part of a cross-validation: the cases of `index` are held out, which validates and tests, the
/// others train. nnU-Net's splits_final.json says which cases these are; without it they are drawn,
/// so that the folds differ by one case at most. A test set of its own is left aside.
struct HeldOutFold {
  int64_t index = 0;
  int64_t count = 5;
  int64_t seed = 0;
};
template <class Visitor>
void visit_fields(HeldOutFold& fold, Visitor& v) {
  v.field("index", fold.index, not_negative, "which fold is held out, from 0");
  v.field("count", fold.count, positive, "how many folds are drawn where no file has them");
  v.field("seed", fold.seed, "draws the order of the cases");
}

/// Everything that is fixed by a data set and not by an experiment: files, classes, preprocessing,
/// resolution. `classes` holds the foreground names in index order (class i of a label map is
/// classes[i-1]). `nsd_tolerances_mm` holds the tolerances of the classes whose own differs from
/// `nsd_tolerance_mm`, by name.
struct DatasetDescriptor {
  std::string name;
  std::string title;
  std::string layout = "nnunet";
  std::string modality = "CT";
  std::string default_root;
  std::string version;
  std::vector<ClassList> class_lists;
  std::vector<std::string> classes;
  std::vector<std::array<std::string, 2>> left_right_pairs;
  std::vector<LabelMapping> label_map;
  std::vector<ChannelRule> channels;
  PreprocessConfig preprocessing;
  Int3 patch_xyz{128, 128, 128};
  Int3 downsize_rate_xyz{3, 3, 3};
  std::optional<Int3> fixed_volume_xyz;
  double nsd_tolerance_mm = 2;
  std::map<std::string, double> nsd_tolerances_mm;
  std::string phantom;
  std::optional<SplitRule> split;
  std::optional<HeldOutFold> fold;
  bool require_all_classes = false;
  std::vector<ListedCase> cases;
};
template <class Visitor>
void visit_fields(DatasetDescriptor& d, Visitor& v) {
  v.field("name", d.name, "name of the data set, as written in experiments");
  v.field("title", d.title, "what it is, in words");
  v.field("layout", d.layout, layout_help());
  v.field("modality", d.modality,
          "CT or MR: the intensity rule where preprocessing names none is window or zscore");
  v.field("default_root", d.default_root, "folder of the data when the experiment names none");
  v.field("version", d.version, "which entry of class_lists holds the classes");
  v.field("class_lists", d.class_lists, "published class lists by version");
  v.field("classes", d.classes, "foreground classes in index order, from 1 (or class_lists)");
  v.field("left_right_pairs", d.left_right_pairs, "classes that change places in a mirror image");
  v.field("label_map", d.label_map, "ids of the label files and the class each stands for");
  v.field("channels", d.channels,
          "the channels of an image, _0000, _0001 and so on, each with its own intensity rule; "
          "whose absent rule is a window, with modality MR the z-score; absent: one channel with "
          "preprocessing's rule, which counts for no other");
  v.field("preprocessing", d.preprocessing, "intensity, spacing, crop and pad");
  v.field("patch_xyz", d.patch_xyz, voxel_extent, "voxels of a local patch");
  v.field("downsize_rate_xyz", d.downsize_rate_xyz, downsizing,
          "how much smaller the global input is");
  v.field("fixed_volume_xyz", d.fixed_volume_xyz, voxel_extent,
          "centre crop/pad every case to this extent (the authors)");
  v.field("nsd_tolerance_mm", d.nsd_tolerance_mm, positive, "tolerance of the surface Dice in mm");
  v.field("nsd_tolerances_mm", d.nsd_tolerances_mm, positive,
          "tolerances of single classes, by name; the others keep nsd_tolerance_mm");
  v.field("phantom", d.phantom, "anatomy of its phantom: abdomen | organ | vertebrae");
  v.field("split", d.split, "fixed split where the folder has none");
  v.field("fold", d.fold,
          "held-out part of a cross-validation in place of the split; an experiment's key folds "
          "sets it");
  v.field("require_all_classes", d.require_all_classes,
          "leave out the cases that lack the file of a class (layouts with a file a class)");
  v.field("cases", d.cases, "the cases of layout list");
}

/// The descriptor of a data set: by name one of `descriptor_names`, or a path that ends in .yaml.
/// The `default_root` of a file is taken as path_in_yaml says. Fills `classes` from `class_lists` and
/// checks the whole. Throws ConfigError naming file, line
/// and remedy.
DatasetDescriptor load_descriptor(const std::string& name_or_file);

/// The same from YAML text; `name` is what messages call it.
DatasetDescriptor parse_descriptor(const std::string& text, const std::string& name);

/// A descriptor that reads the other of its published class lists, e.g. TotalSegmentator "v1".
/// Throws ConfigError where `version` is written.
DatasetDescriptor with_version(DatasetDescriptor descriptor, const ConfigNode& version);

/// The names of the descriptors built into the program, sorted.
std::vector<std::string> descriptor_names();

/// Throws ConfigError where a key of the map is the name of no class, in none of the class lists.
void require_class_names(const DatasetDescriptor& descriptor, const ConfigNode& map);

/// Channels of an image, at least 1.
int64_t channel_count(const DatasetDescriptor& descriptor);

/// How each channel is prepared, in order.
std::vector<PreprocessConfig> channel_preparations(const DatasetDescriptor& descriptor);

/// Number of classes with background.
int64_t num_classes(const DatasetDescriptor& descriptor);

/// Index of a class name (from 1), or nothing.
std::optional<int64_t> class_index(const DatasetDescriptor& descriptor, const std::string& name);

/// For each class index (background 0 included) the index it takes in a left-right mirror image.
std::vector<int64_t> mirrored_classes(const DatasetDescriptor& descriptor);

}  // namespace nmsw::datasets
