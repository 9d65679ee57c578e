#include "datasets/layouts/catalog.h"

#include "datasets/layouts/layouts.h"

namespace nmsw::datasets {

// One each, in layout_<name>.cpp.
LayoutFunction list_word;
LayoutFunction list_totalsegmentator;
LayoutFunction list_nnunet;
LayoutFunction list_named;
LayoutFunction list_openkbp;

const std::vector<LayoutEntry>& layout_catalog() {
  static const std::vector<LayoutEntry> catalog{
      {"word", "imagesTr, imagesVal, imagesTs beside labelsTr, labelsVal, labelsTs, one name each",
       "images in imagesTr and labels in labelsTr", list_word},
      {"totalsegmentator", "a folder a case with a mask a class; meta.csv holds the split",
       "meta.csv and a folder per case with ct.nii.gz", list_totalsegmentator,
       /*file_per_class=*/true},
      {"nnunet", "imagesTr, labelsTr of nnU-Net or the Decathlon; splits_final.json may split them",
       "images in imagesTr and labels in labelsTr", list_nnunet},
      {"list", "the cases that the descriptor names, one by one",
       "the files that the descriptor's key 'cases' names", list_named},
      {"openkbp", "train-pats, validation-pats, test-pats: a folder a patient with a CSV a class",
       "train-pats, validation-pats and test-pats with a folder per patient with ct.csv",
       list_openkbp, /*file_per_class=*/true},
  };
  return catalog;
}

const LayoutEntry* find_layout(std::string_view name) {
  for (const LayoutEntry& entry : layout_catalog()) {
    if (entry.name == name) return &entry;
  }
  return nullptr;
}

std::vector<std::string> layout_names() {
  std::vector<std::string> names;
  for (const LayoutEntry& entry : layout_catalog()) names.emplace_back(entry.name);
  return names;
}

const char* layout_help() {
  static const std::string help = [] {
    std::string text;
    for (const std::string& name : layout_names()) text += (text.empty() ? "" : " | ") + name;
    return "folder layout: " + text;
  }();
  return help.c_str();
}

}  // namespace nmsw::datasets
