#pragma once

#include "datasets/layouts/layouts.h"

namespace nmsw::datasets {

/// Lists a folder (`list_folder`) and judges its cases as one data set; opens no image. Faults
/// besides those of the listing: names that are no file names; a case twice in a part, or in two
/// parts; no case that trains, or none with a label that tests. Remarks: a class whose mask no case,
/// or no training case, has; a case that the descriptor itself names for training and test.
CaseListing judged_listing(const DatasetDescriptor& descriptor, const std::filesystem::path& root);

/// The same for a folder without faults: what may be planned and run. Throws DataError with them
/// (`require_no_fault`).
CaseListing usable_listing(const DatasetDescriptor& descriptor, const std::filesystem::path& root);

/// One remark for each image that trains under one name and tests under another, by the contents of
/// its files; deformations of a case are left out. Throws DataError for a file that cannot be read.
std::vector<std::string> same_image_remarks(const std::vector<CaseFiles>& cases,
                                            FileDigests& digests);

/// One remark for each class that is in no case, or in none that trains. `found` holds, for each
/// case that was looked at, the class indices that it shows.
struct ShownClasses {
  Split split = Split::train;
  std::vector<int64_t> classes;
};
std::vector<std::string> absent_class_remarks(const DatasetDescriptor& descriptor,
                                              const std::filesystem::path& root,
                                              const std::vector<ShownClasses>& found);

}  // namespace nmsw::datasets
