#pragma once

#include <filesystem>
#include <string>

#include "results/store.h"

namespace nmsw::reporting::testing {

/// A small experiment made by hand: UNet on WORD (2 classes). SW has 2 of 2 cases, NMSW (k=5,30) 2
/// of 2, random foreground is pending, zoom-out has 1 of 2 cases. The scores are round numbers, so
/// that the tables can be worked out on paper: SW liver 0.9, spleen 0.8 in both cases: mean DSC
/// 0.85; NMSW k=5: 0.8 and 0.6: 0.7; k=30: 0.9 and 0.7: 0.8. NSD is DSC + 0.05.
results::ResultStore make_canned_database(const std::filesystem::path& file);

}  // namespace nmsw::reporting::testing
