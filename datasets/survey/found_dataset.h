#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "datasets/layouts/descriptor.h"

namespace nmsw::datasets {

/// A data set as its folder describes itself.
///
/// descriptor      name (of the folder), layout, classes, label_map, pairs, channels where there are
///                 several (by name, else by number), modality of the first and, where the folder
///                 has none, a split; all else at its default
/// classes_from    what the classes were taken from, in words
/// modality_from   likewise; empty where nothing says it and `modality` is no more than a default
/// split_from      likewise
/// channel         what dataset.json calls the channels; empty where it does not
struct FoundDataset {
  DatasetDescriptor descriptor;
  std::string classes_from, modality_from, split_from, channel;
};

/// The seed of the split that a folder without one gets.
inline constexpr int64_t kSplitSeed = 0;

/// Which layout a folder has, by the names in it. Throws DataError, which lists what is looked for,
/// where it has none.
std::string found_layout(const std::filesystem::path& root);

/// What the folder says of itself. Classes are those of dataset.json; else the names of the mask
/// files; else the ids that the label maps hold, called label_1 and so on: their names are never
/// guessed. Reads label maps in the last case only.
///
/// throws   DataError naming the file, for a folder of no known layout, a dataset.json that cannot
///          be used, fewer than two labelled cases where a split is to be made,
///          and label maps without any foreground
FoundDataset found_dataset(const std::filesystem::path& root);

}  // namespace nmsw::datasets
