#include "datasets/case_files.h"

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

std::string files_fingerprint(const std::vector<CaseFiles>& cases, const fs::path& root) {
  std::string text;
  for (const CaseFiles& files : cases) {
    text += fmt::format("{} {}\n", files.case_id, enum_name(files.split));
    text += name_and_size(files.image, root);
    if (!files.label.empty()) text += name_and_size(files.label, root);
    for (const auto& [file, index] : files.masks) {
      text += fmt::format("{} {}", index, name_and_size(file, root));
    }
  }
  return sha256_hex(text);
}

}  // namespace nmsw::datasets
