#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

namespace nmsw::datasets {

/// A scan to segment and the label map that comes of it.
///
/// id         the file's name without its ending and without a trailing "_0000"
/// input      the image, or its first channel
/// further    its other channels, _0001 and so on, in order
struct ListedScan {
  std::string id;
  std::filesystem::path input;
  std::filesystem::path output;
  std::vector<std::filesystem::path> further;
};

/// True where `inputs` or `output` mean a list of scans, so that `output` is a folder: the files of
/// several scans, a folder of scans, or an output that is a folder or ends in a slash.
bool means_many(const std::vector<std::filesystem::path>& inputs,
                const std::filesystem::path& output);

/// The scans that `inputs` name, those of a folder in the order of their names. An input is an image
/// file, a folder of one DICOM series, a folder of image files, or a folder of folders that hold a
/// DICOM series each. Files NAME_0000, NAME_0001 and so on of one folder are the channels of one
/// scan. With many, a label map is named <output>/<id><ending>,
/// `.nii.gz` unless the input is NRRD or MetaImage. Nothing is opened.
/// throws   ConfigError where a folder holds no scan, a scan lacks a channel between others, two
///          scans would be written to one file, or a label map would overwrite an input
std::vector<ListedScan> list_scans(const std::vector<std::filesystem::path>& inputs,
                                   const std::filesystem::path& output);

/// Every `count`-th scan from the `index`-th on, which is counted from 1: the share of one of `count`
/// processes.
std::vector<ListedScan> part_of(const std::vector<ListedScan>& scans, int64_t index, int64_t count);

}  // namespace nmsw::datasets
