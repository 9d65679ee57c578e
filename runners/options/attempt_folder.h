#pragma once

#include <filesystem>
#include <vector>

#include "results/records.h"

namespace nmsw::runners {

inline constexpr const char* kModelFile = "model.safetensors";
inline constexpr const char* kStateFile = "state.safetensors";

/// Where an attempt writes: runs/<task>/<attempt>. No two attempts share a folder, so that one which
/// was taken over can never touch the files of the one that took over; the transaction that records
/// an attempt publishes its files.
std::filesystem::path attempt_folder(const std::filesystem::path& runs,
                                     const results::Claim& claim);

/// Makes the folder and moves the newest training state of an earlier attempt into it, if there is
/// one; earlier versions kept it in runs/<task>/state.pt. Throws std::filesystem::filesystem_error.
/// elsewhere: further folders of earlier attempts, the newest first: another --runs, or the same one
/// seen from another working folder
void begin_attempt(const std::filesystem::path& folder,
                   const std::vector<std::filesystem::path>& elsewhere);

/// After an attempt was recorded: removes its training state, and the folders of all other attempts.
/// Files that cannot be removed stay.
void keep_only(const std::filesystem::path& folder);

/// Removes what an attempt wrote that was not recorded.
void drop_attempt(const std::filesystem::path& folder);

}  // namespace nmsw::runners
