#pragma once

#include <filesystem>

#include "runners/options/import_options.h"

namespace nmsw::runners {

/// Whether a file is what nnU-Net 2 saves of a training: `network_weights` and what is beside them.
/// Throws DataError where there is no file.
bool is_nnunet_checkpoint(const std::filesystem::path& file);

/// Makes a checkpoint of a local network from one, and tells what is not as nnU-Net has it. nnU-Net
/// names a tensor up to four times, which must agree. Throws DataError where it is damaged or of a
/// network that is not to be had here, ConfigError for options that do not fit.
void import_nnunet(const ImportOptions& options);

}  // namespace nmsw::runners
