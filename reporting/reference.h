#pragma once

#include <string_view>

namespace nmsw::reporting {

/// The text of `reporting/reference/<name>` ("paper.csv", "paper_ablation.csv"), built into the program.
/// Null when there is no such file.
const char* reference_csv(std::string_view name);

}  // namespace nmsw::reporting
