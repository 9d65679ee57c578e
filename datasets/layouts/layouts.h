#pragma once

#include <filesystem>
#include <map>
#include <string>
#include <vector>

#include "datasets/layouts/case_files.h"

namespace nmsw::datasets {

/// What a folder holds. Faults make the data set unusable; remarks are odd but harmless. Each is one
/// line that begins with a file or folder.
///
/// validation_tests   the validation cases are the test cases too, for want of others
/// folds_known        a file of the folder says how its cases are folded
/// split_known        false where what says how the cases are split is absent or cannot be read
struct CaseListing {
  std::vector<CaseFiles> cases;
  std::vector<std::string> faults;
  std::vector<std::string> remarks;
  bool validation_tests = false;
  bool folds_known = false;
  bool split_known = true;
};

/// Lists a folder by the descriptor's layout (`layout_catalog`), sorted by case id; opens no image.
/// A folder that is absent, empty or without a case is a fault that says what is expected of it.
CaseListing list_folder(const DatasetDescriptor& descriptor, const std::filesystem::path& root);

/// Throws DataError with the faults of a listing, a line each: the first twenty, and how many more
/// there are.
void require_no_fault(const CaseListing& listing, const std::filesystem::path& root);

/// For cases with a file a class: "2 of 5 cases lack the file of a class (left 1, right 2)"; empty
/// where none lacks one.
std::string lacking_classes(const DatasetDescriptor& descriptor,
                            const std::vector<CaseFiles>& cases);

/// The volume files of a folder by name without ending (.nii.gz, .nii, .nrrd, .mha, in upper or
/// lower case); hidden files are ignored. Two files of one name are a fault, what has another ending
/// is a remark. An absent folder holds nothing.
std::map<std::string, std::filesystem::path> volume_files(const std::filesystem::path& folder,
                                                          CaseListing& listing);

/// The name without the ending of a volume file; as it is where it has none.
std::string volume_stem(const std::string& name);

/// "case" of "case_0000", as nnU-Net numbers the channels of a case; nothing for another name.
std::optional<std::string> case_of_channel(const std::string& name);

}  // namespace nmsw::datasets
