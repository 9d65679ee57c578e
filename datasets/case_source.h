#pragma once

#include <string>

#include "datasets/case_cache.h"
#include "datasets/image_io.h"
#include "datasets/layouts/case_files.h"
#include "datasets/preparation/preprocess.h"

namespace nmsw::datasets {

/// The label map of a case on its image's grid, as class indices 0 … num_classes-1: masks are
/// merged in class order, later classes overwriting earlier ones, and `label_map` is applied. A
/// label whose voxel axes run otherwise than the image's is turned; a deformation is applied last.
/// Throws DataError for a case without label, another grid than the image's, or an id outside the
/// class list (with its voxel count).
LabelVolume read_case_label(const DatasetDescriptor& descriptor, const CaseFiles& files);
/// The same where the image's grid is known already; the image is not opened. What was odd in the
/// label's files but could be put right is appended to `notes`.
LabelVolume read_case_label(const DatasetDescriptor& descriptor, const CaseFiles& files,
                            const Geometry& image_grid, ReadNotes* notes = nullptr);

/// Reads and preprocesses a case, through the cache when one is given.
PreparedCase load_case(const DatasetDescriptor& descriptor, const CaseFiles& files,
                       const FitConfig& fit, CaseCache* cache);

/// What copying the label map of the undeformed case predicts for a deformation of it, on the
/// prepared grid of that. Throws DataError for a case that is no deformation or has no label.
LabelVolume copied_template(const DatasetDescriptor& descriptor, const CaseFiles& files,
                            const FitConfig& fit);

/// layouts/content_key with the file digests that this process remembers.
std::string content_key(const DatasetDescriptor& descriptor, const CaseFiles& files,
                        const FitConfig& fit);
std::string data_digest(const DatasetDescriptor& descriptor, std::vector<CaseFiles> cases,
                        const FitConfig& fit);

}  // namespace nmsw::datasets
