#pragma once

#include <string>

namespace nmsw::reporting {

/// The text of `reporting/reference/<name>.csv` ("paper", "paper_ablation"), built into the
/// program. Throws DataError when the program was built without that file.
const std::string& reference_csv(const std::string& name);

}  // namespace nmsw::reporting
