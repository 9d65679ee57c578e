#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "datasets/layouts/file_digests.h"
#include "results/store.h"

namespace nmsw::runners {

/// Gives the tasks of a database the keys that this version makes of them (`new_keys`), so that
/// what an older version has finished is found and nothing is done twice. Checkpoints of finished
/// tasks stay where the database says they are; the folder of an unfinished training (its task's
/// key, 16 digits) is renamed first, so that it continues. An interruption at any point leaves a
/// database that the next call brings up to date. Safe beside other programs of this version.
///
/// settled   keys that are known to be right, a plan's
/// runs      folder of checkpoints
/// returns how many tasks have another key now
/// throws    DataError while another program works on one of these tasks; nothing is changed then
int upgrade_keys(results::ResultStore& store, const std::vector<std::string>& settled,
                 const std::filesystem::path& runs, datasets::FileDigests& digests);

}  // namespace nmsw::runners
