#include "datasets/phantoms/phantom_scene.h"

#include <algorithm>
#include <cctype>

#include "nmsw/base/error.h"

namespace nmsw::datasets {
namespace {

/// Structures the painters know, and WORD's names for some of them.
const std::vector<std::string>& organ_names() {
  static const std::vector<std::string> names{"spleen",
                                              "kidney_right",
                                              "kidney_left",
                                              "gallbladder",
                                              "liver",
                                              "stomach",
                                              "aorta",
                                              "inferior_vena_cava",
                                              "portal_vein_and_splenic_vein",
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
                                              "kidney_cyst_right",
                                              "rectum",
                                              "femur_left",
                                              "femur_right",
                                              "sacrum"};
  return names;
}

std::vector<std::string> structures_of(const std::string& class_name) {
  static const std::map<std::string, std::vector<std::string>> other_names{
      {"left_kidney", {"kidney_left"}},
      {"right_kidney", {"kidney_right"}},
      {"intestine", {"small_bowel"}},
      {"adrenal", {"adrenal_gland_left", "adrenal_gland_right"}},
      {"bladder", {"urinary_bladder"}},
      {"head_of_femur_l", {"femur_left"}},
      {"head_of_femur_r", {"femur_right"}}};
  std::string name = class_name;
  std::transform(name.begin(), name.end(), name.begin(),
                 [](unsigned char c) { return std::tolower(c); });
  if (const auto found = other_names.find(name); found != other_names.end()) return found->second;
  for (const std::string& organ : organ_names()) {
    if (organ == name) return {organ};
  }
  for (const Vertebra& vertebra : vertebra_table()) {
    if (class_name == std::string("vertebrae_") + vertebra.name) return {class_name};
  }
  return {};
}

/// Linear interpolation in a table of rows whose first column is the height.
template <size_t Columns, size_t Rows>
std::array<float, Columns> at_height(const std::array<std::array<float, Columns>, Rows>& table,
                                     float z) {
  if (z <= table.front()[0]) return table.front();
  for (size_t i = 1; i < Rows; ++i) {
    if (z >= table[i][0]) continue;
    const float t = (z - table[i - 1][0]) / (table[i][0] - table[i - 1][0]);
    const float s = t * t * (3 - 2 * t);
    std::array<float, Columns> row{};
    for (size_t c = 0; c < Columns; ++c)
      row[c] = table[i - 1][c] + s * (table[i][c] - table[i - 1][c]);
    return row;
  }
  return table.back();
}

}  // namespace

StructureLabels::StructureLabels(const std::vector<std::string>& classes) {
  for (size_t i = 0; i < classes.size(); ++i) {
    const std::vector<std::string> structures = structures_of(classes[i]);
    if (structures.empty()) {
      throw ConfigError(
          "phantom: no structure for the class '{}'; it has the organs of WORD and of "
          "TotalSegmentator's "
          "parts organ and vertebrae. Use one of these data sets' class lists",
          classes[i]);
    }
    for (const std::string& structure : structures) index_[structure] = static_cast<int>(i) + 1;
  }
}

Tissues draw_tissues(PhantomRandom& random) {
  const auto contrast = static_cast<float>(random.uniform(0.3, 1.0));
  const auto about = [&](float hu, float spread) {
    return hu + static_cast<float>(random.spread(spread));
  };
  Tissues t{};
  t.fat = about(-105, 8);
  t.muscle = about(50, 6);
  t.bone = about(420, 40);
  t.disc = about(85, 8);
  t.blood = about(170, 10) + 120 * contrast;
  t.liver = about(100, 6) + 40 * contrast;
  t.spleen = about(145, 8) + 60 * contrast;
  t.kidney = about(200, 10) + 100 * contrast;
  t.pancreas = about(85, 6) + 25 * contrast;
  t.stomach = about(20, 8);
  t.duodenum = about(20, 8);
  t.bowel = about(100, 8);
  t.colon = about(-90, 25);
  t.fluid = about(3, 4);
  t.adrenal = about(90, 6) + 30 * contrast;
  t.esophagus = about(65, 6);
  t.thyroid = about(190, 10) + 70 * contrast;
  t.prostate = about(85, 8) + 25 * contrast;
  t.lung = about(-840, 25);
  return t;
}

const std::vector<Vertebra>& vertebra_table() {
  static const std::vector<Vertebra> table{
      // name     z    h   width depth transv spin drop
      {"S1", -92, 13.5f, 35, 21, 46, 22, 12}, {"L5", -62, 14, 30, 20, 48, 34, 8},
      {"L4", -29, 14.5f, 29, 20, 48, 38, 8},  {"L3", 4, 14.5f, 28, 20, 50, 40, 8},
      {"L2", 37, 14, 27, 19, 46, 38, 9},      {"L1", 69, 13.5f, 26, 19, 42, 36, 10},
      {"T12", 100, 13, 25, 19, 31, 34, 13},   {"T11", 129, 12.5f, 24, 18, 30, 33, 18},
      {"T10", 156, 12, 23, 18, 32, 33, 24},   {"T9", 182, 11.5f, 22, 18, 33, 33, 29},
      {"T8", 207, 11, 21, 17, 34, 32, 33},    {"T7", 231, 10.5f, 21, 17, 35, 32, 35},
      {"T6", 255, 10.5f, 20, 17, 36, 32, 33}, {"T5", 278, 10, 20, 16, 36, 31, 30},
      {"T4", 300, 10, 20, 16, 37, 31, 26},    {"T3", 322, 9.5f, 20, 15, 37, 31, 21},
      {"T2", 343, 9.5f, 20, 15, 38, 32, 16},  {"T1", 364, 9.5f, 20, 15, 40, 34, 12},
      {"C7", 386, 9.5f, 19, 14, 35, 36, 9},   {"C6", 408, 9.5f, 18, 14, 30, 28, 8},
      {"C5", 430, 9.5f, 17, 13, 29, 23, 7},   {"C4", 452, 9.5f, 17, 13, 28, 21, 6},
      {"C3", 474, 9.5f, 17, 13, 28, 20, 5},   {"C2", 497, 10, 18, 13, 29, 24, 5},
      {"C1", 521, 9.5f, 24, 11, 42, 13, 0}};
  return table;
}

float spine_y(float z) {
  static constexpr std::array<std::array<float, 2>, 9> curve{{{-180, -78},
                                                              {-120, -60},
                                                              {-62, -40},
                                                              {20, -32},
                                                              {130, -52},
                                                              {240, -66},
                                                              {340, -52},
                                                              {430, -24},
                                                              {530, -18}}};
  return at_height(curve, z)[1];
}

BodySection body_section(float z) {
  static constexpr std::array<std::array<float, 4>, 12> table{{{-220, 165, 105, -5},
                                                               {-120, 160, 105, -5},
                                                               {10, 142, 98, 0},
                                                               {120, 148, 103, 0},
                                                               {250, 152, 106, -5},
                                                               {330, 162, 96, -15},
                                                               {368, 168, 78, -22},
                                                               {402, 92, 66, -18},
                                                               {430, 62, 62, -12},
                                                               {505, 62, 68, -4},
                                                               {560, 76, 94, 6},
                                                               {640, 74, 92, 6}}};
  const auto row = at_height(table, z);
  return {row[1], row[2], row[3]};
}

}  // namespace nmsw::datasets
