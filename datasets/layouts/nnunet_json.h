#pragma once

#include <filesystem>
#include <map>
#include <string>
#include <vector>

#include <nlohmann/json.hpp>

#include "datasets/layouts/layouts.h"

namespace nmsw::datasets {

/// The class names of dataset.json by index, background (0) included where it is named:
/// {"0": "background", …} (Decathlon, nnU-Net 1) or {"background": 0, …} (nnU-Net 2). Throws
/// DataError naming `file` where there is no such map, or a class is made of several labels.
std::map<int64_t, std::string> classes_of_json(const nlohmann::json& json,
                                               const std::filesystem::path& file);

/// The channels of dataset.json in both spellings, "channel_names" (nnU-Net 2) and "modality"
/// (Decathlon, nnU-Net 1); empty where it names none.
std::vector<std::string> channels_of_json(const nlohmann::json& json);

/// Compares what dataset.json says with the descriptor and with the cases of imagesTr in `listing`,
/// and adds the faults and remarks: classes, channels, `numTraining`, the list `training`. `file` is
/// for messages. Throws DataError for what is no dataset.json.
void compare_dataset_json(const DatasetDescriptor& descriptor, const nlohmann::json& json,
                          const std::filesystem::path& file, CaseListing& listing);

/// Which fold of splits_final.json, and whether the data set has a test folder of its own.
struct FoldWanted {
  int64_t fold = 0;
  bool own_test_folder = false;
};

/// The parts of each case in a fold of splits_final.json. Without a list "test", and without a test
/// folder of the data set's own, the cases of "val" test too. A case that a list names twice, or
/// that two lists name, is a fault; it is then in the first of them. `file` is for messages. Throws
/// DataError for what holds no such fold.
std::map<std::string, std::vector<Split>> splits_of_json(const nlohmann::json& json,
                                                         const std::filesystem::path& file,
                                                         FoldWanted wanted, CaseListing& listing);

}  // namespace nmsw::datasets
