#pragma once

#include <filesystem>
#include <string>

#include "results/store.h"

namespace nmsw::runners {

/// The checkpoint of a finished training. Throws DataError where there is none, where its file is
/// gone, and where it is not the one that was stored.
std::filesystem::path stored_checkpoint(const results::ResultStore& store, const std::string& key);

}  // namespace nmsw::runners
