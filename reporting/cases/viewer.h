#pragma once

#include <string>

namespace nmsw::reporting {

/// NiiVue 0.69 (BSD-2), which `vendor/niivue` holds, and its licence; both built into the program.
const std::string& viewer_script();
const std::string& viewer_licence();

}  // namespace nmsw::reporting
