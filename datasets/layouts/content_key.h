#pragma once

#include <string>
#include <vector>

#include "datasets/layouts/case_files.h"
#include "datasets/preparation/preprocess_config.h"

namespace nmsw::datasets {

/// SHA-256 over the contents of the case's files and over every setting that changes the prepared
/// case. Throws DataError for a file that cannot be read.
std::string content_key(const DatasetDescriptor& descriptor, const CaseFiles& files,
                        const FitConfig& fit, FileDigests& digests);

/// What a run stores as data_sha: SHA-256 over the content keys and splits of all cases that its
/// task could see, in order of split, then of the list. The same in every version so far.
std::string data_digest(const DatasetDescriptor& descriptor, std::vector<CaseFiles> cases,
                        const FitConfig& fit, FileDigests& digests);

}  // namespace nmsw::datasets
