#include "datasets/layouts/case_files.h"

#include <algorithm>
#include <map>

#include "datasets/layouts/detached_data.h"
#include "nmsw/base/digest.h"
#include "nmsw/base/error.h"

namespace nmsw::datasets {
namespace fs = std::filesystem;
namespace {

constexpr const char* kContents = "contents:";

/// What of a case is no file.
std::string head_of(const CaseFiles& files) {
  std::string text = fmt::format("{} {}\n", files.case_id, enum_name(files.split));
  if (files.deformation) text += deformation_text(*files.deformation) + '\n';
  return text;
}

std::string name_and_size(const fs::path& file, const fs::path& root) {
  std::error_code error;
  const auto size = fs::file_size(file, error);
  if (error) {
    throw DataError("{}: cannot be read ({}); check the folder", file.string(), error.message());
  }
  return fmt::format("{} {}\n", file.lexically_relative(root).generic_string(), size);
}

/// The file itself, or all files of a folder of DICOM slices, sorted by name.
std::vector<fs::path> named_files(const fs::path& image) {
  if (!fs::is_directory(image)) return {image};
  std::vector<fs::path> files;
  for (const fs::directory_entry& entry : fs::directory_iterator(image)) {
    if (entry.is_regular_file()) files.push_back(entry.path());
  }
  std::sort(files.begin(), files.end());
  return files;
}

}  // namespace

std::vector<fs::path> channel_images(const CaseFiles& files) {
  std::vector<fs::path> images{files.image};
  images.insert(images.end(), files.further_channels.begin(), files.further_channels.end());
  return images;
}

std::vector<fs::path> files_of_image(const fs::path& image) {
  std::vector<fs::path> files = named_files(image);
  if (fs::is_directory(image)) return files;
  const std::vector<fs::path> voxels = detached_data(image);
  files.insert(files.end(), voxels.begin(), voxels.end());
  return files;
}

std::string deformation_text(const Deformation& deformation) {
  return fmt::format("rms {} mm grid {} mm seed {}", deformation.rms_mm, deformation.grid_mm,
                     deformation.seed);
}

std::vector<fs::path> files_of(const std::vector<CaseFiles>& cases) {
  std::vector<fs::path> all;
  for (const CaseFiles& files : cases) {
    for (const fs::path& channel : channel_images(files)) {
      const std::vector<fs::path> image = files_of_image(channel);
      all.insert(all.end(), image.begin(), image.end());
    }
    if (!files.label.empty()) {
      const std::vector<fs::path> label = files_of_image(files.label);
      all.insert(all.end(), label.begin(), label.end());
    }
    for (const auto& [file, index] : files.masks) all.push_back(file);
  }
  return all;
}

std::string contents_fingerprint(const std::vector<CaseFiles>& cases, FileDigests& digests) {
  std::map<fs::path, std::string> found;  // many deformed cases share one file
  const auto digest_of = [&](const fs::path& file) {
    std::string& digest = found[file];
    if (digest.empty()) digest = digests.of(file);
    return digest;
  };
  std::string text;
  for (const CaseFiles& files : cases) {
    text += head_of(files);
    for (const fs::path& channel : channel_images(files)) {
      for (const fs::path& file : files_of_image(channel))
        text += "image " + digest_of(file) + '\n';
    }
    if (!files.label.empty()) {
      for (const fs::path& file : files_of_image(files.label))
        text += "label " + digest_of(file) + '\n';
    }
    for (const auto& [file, index] : files.masks)
      text += fmt::format("mask {} {}\n", index, digest_of(file));
  }
  return kContents + sha256_hex(text);
}

bool is_contents_fingerprint(const std::string& fingerprint) {
  return fingerprint.rfind(kContents, 0) == 0;
}

std::string names_fingerprint(const std::vector<CaseFiles>& cases, const fs::path& root) {
  std::string text;
  for (const CaseFiles& files : cases) {
    text += head_of(files);
    for (const fs::path& file : named_files(files.image)) text += name_and_size(file, root);
    if (!files.label.empty()) text += name_and_size(files.label, root);
    for (const auto& [file, index] : files.masks) {
      text += fmt::format("{} {}", index, name_and_size(file, root));
    }
  }
  return sha256_hex(text);
}

}  // namespace nmsw::datasets
