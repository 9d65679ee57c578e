#include "datasets/case_files.h"

#include <algorithm>

#include "nmsw/base/digest.h"
#include "nmsw/base/error.h"

namespace nmsw::datasets {
namespace fs = std::filesystem;
namespace {

std::string name_and_size(const fs::path& file, const fs::path& root) {
  std::error_code error;
  const auto size = fs::file_size(file, error);
  if (error) {
    throw DataError("{}: cannot be read ({}); check the folder", file.string(), error.message());
  }
  return fmt::format("{} {}\n", file.lexically_relative(root).generic_string(), size);
}

}  // namespace

std::vector<fs::path> files_of_image(const fs::path& image) {
  if (!fs::is_directory(image)) return {image};
  std::vector<fs::path> files;
  for (const fs::directory_entry& entry : fs::directory_iterator(image)) {
    if (entry.is_regular_file()) files.push_back(entry.path());
  }
  std::sort(files.begin(), files.end());
  return files;
}

std::string deformation_text(const Deformation& deformation) {
  return fmt::format("rms {} mm grid {} mm seed {}", deformation.rms_mm, deformation.grid_mm,
                     deformation.seed);
}

std::string files_fingerprint(const std::vector<CaseFiles>& cases, const fs::path& root) {
  std::string text;
  for (const CaseFiles& files : cases) {
    text += fmt::format("{} {}\n", files.case_id, enum_name(files.split));
    if (files.deformation) text += deformation_text(*files.deformation) + '\n';
    for (const fs::path& file : files_of_image(files.image)) text += name_and_size(file, root);
    if (!files.label.empty()) text += name_and_size(files.label, root);
    for (const auto& [file, index] : files.masks) {
      text += fmt::format("{} {}", index, name_and_size(file, root));
    }
  }
  return sha256_hex(text);
}

}  // namespace nmsw::datasets
