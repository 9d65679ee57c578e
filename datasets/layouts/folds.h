#pragma once

#include <filesystem>

#include "datasets/layouts/layouts.h"

namespace nmsw::datasets {

/// Leaves in a listing one fold of a cross-validation: its cases validate and test, the others
/// train. Cases of a test set are left out, which a remark says. Without a file that holds the
/// folds, the cases are drawn into them; a case's place in the order depends on its name and the
/// seed alone. A fold that has no case is a fault.
void hold_out(const HeldOutFold& fold, const std::filesystem::path& root, CaseListing& listing);

}  // namespace nmsw::datasets
