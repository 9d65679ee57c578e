#include "datasets/phantoms/phantom_anatomy.h"

#include "nmsw/base/error.h"

namespace nmsw::datasets {
namespace {

const std::vector<PhantomAnatomy>& anatomies() {
  static const std::vector<PhantomAnatomy> table{
      {"abdomen",
       {96, 80, 88},
       {4, 4, 4.6},
       4,
       {24, 20, 24},
       14,
       0.16,
       {"liver", "spleen", "left_kidney", "right_kidney", "stomach", "gallbladder", "esophagus",
        "pancreas", "duodenum", "colon", "intestine", "adrenal", "rectum", "bladder",
        "Head_of_femur_L", "Head_of_femur_R"}},
      {"organ",
       {80, 64, 120},
       {4.8, 4.8, 5.8},
       122,
       {22, 18, 24},
       14,
       0.16,
       {"spleen",
        "kidney_right",
        "kidney_left",
        "gallbladder",
        "liver",
        "stomach",
        "pancreas",
        "adrenal_gland_right",
        "adrenal_gland_left",
        "lung_upper_lobe_left",
        "lung_lower_lobe_left",
        "lung_upper_lobe_right",
        "lung_middle_lobe_right",
        "lung_lower_lobe_right",
        "esophagus",
        "trachea",
        "thyroid_gland",
        "small_bowel",
        "duodenum",
        "colon",
        "urinary_bladder",
        "prostate",
        "kidney_cyst_left",
        "kidney_cyst_right"}},
      {"vertebrae",
       {80, 64, 144},
       {4.5, 4.5, 5.2},
       184,
       {20, 16, 30},
       7,
       0.08,
       {"sacrum",       "vertebrae_S1", "vertebrae_L5",  "vertebrae_L4",  "vertebrae_L3",
        "vertebrae_L2", "vertebrae_L1", "vertebrae_T12", "vertebrae_T11", "vertebrae_T10",
        "vertebrae_T9", "vertebrae_T8", "vertebrae_T7",  "vertebrae_T6",  "vertebrae_T5",
        "vertebrae_T4", "vertebrae_T3", "vertebrae_T2",  "vertebrae_T1",  "vertebrae_C7",
        "vertebrae_C6", "vertebrae_C5", "vertebrae_C4",  "vertebrae_C3",  "vertebrae_C2",
        "vertebrae_C1"}}};
  return table;
}

}  // namespace

const PhantomAnatomy& phantom_anatomy(const std::string& name) {
  std::string names;
  for (const PhantomAnatomy& anatomy : anatomies()) {
    if (anatomy.name == name) return anatomy;
    names += (names.empty() ? "" : ", ") + anatomy.name;
  }
  throw ConfigError("phantom: '{}' is not an anatomy; use one of: {}", name, names);
}

std::vector<std::string> phantom_anatomy_names() {
  std::vector<std::string> names;
  for (const PhantomAnatomy& anatomy : anatomies()) names.push_back(anatomy.name);
  return names;
}

}  // namespace nmsw::datasets
