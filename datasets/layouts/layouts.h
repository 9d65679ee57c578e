#pragma once

#include <filesystem>
#include <map>
#include <string>
#include <vector>

#include "datasets/layouts/case_files.h"

namespace nmsw::datasets {

/// What a folder holds. Faults make the data set unusable; remarks are odd but harmless.
struct CaseListing {
  std::vector<CaseFiles> cases;
  std::vector<std::string> faults;
  std::vector<std::string> remarks;
};

/// Lists a folder by the descriptor's layout, sorted by case id; opens no image.
CaseListing list_folder(const DatasetDescriptor& descriptor, const std::filesystem::path& root);

/// imagesTr/labelsTr, imagesVal/labelsVal, imagesTs/labelsTs with one file name for image and label
/// (METHOD 4.5).
CaseListing list_word(const DatasetDescriptor& descriptor, const std::filesystem::path& root);
/// meta.csv, <case>/ct.nii.gz, <case>/segmentations/<class>.nii.gz.
CaseListing list_totalsegmentator(const DatasetDescriptor& descriptor,
                                  const std::filesystem::path& root);
/// imagesTr/<case>[_0000].*, labelsTr/<case>.*, optional dataset.json, splits_final.json,
/// imagesTs/labelsTs.
CaseListing list_nnunet(const DatasetDescriptor& descriptor, const std::filesystem::path& root);
/// The cases that the descriptor names.
CaseListing list_named(const DatasetDescriptor& descriptor, const std::filesystem::path& root);

/// The volume files of a folder by name without ending (.nii.gz, .nii, .nrrd, .mha); hidden files
/// are ignored. Two files of one name are a fault. An absent folder holds nothing.
std::map<std::string, std::filesystem::path> volume_files(const std::filesystem::path& folder,
                                                          std::vector<std::string>& faults);

}  // namespace nmsw::datasets
