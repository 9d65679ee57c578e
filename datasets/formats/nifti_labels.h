#pragma once

#include <string>
#include <vector>

namespace nmsw::datasets {

/// What stands between the header of a single-file NIfTI label map and its voxels: an extension
/// with the classes' names and colours, the XML label table of Caret (ecode 30), which Connectome
/// Workbench and the tools around TotalSegmentator read. Its size is a multiple of 16, so that the
/// voxels begin at one too. Characters that XML cannot hold are written as \xNN.
///
/// classes   foreground classes in index order, from 1; without any there is no extension
std::string nifti_label_extension(const std::vector<std::string>& classes);

}  // namespace nmsw::datasets
