#pragma once

#include <string>
#include <vector>

#include "results/store.h"

namespace nmsw::reporting {

/// A warning for each of the data sets whose finished evaluations under the same settings were made
/// from files of different contents (the runs' data_sha): merged databases, or results of a version
/// that knew files by name and size only. Their scores are against different truths. template_copy
/// is left out: it stays valid when only training files change.
std::vector<std::string> mixed_data_notes(const results::ResultStore& store,
                                          const std::string& experiment,
                                          const std::vector<std::string>& datasets);

}  // namespace nmsw::reporting
