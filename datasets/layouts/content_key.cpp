#include "datasets/layouts/content_key.h"

#include <algorithm>

#include "nmsw/base/digest.h"

namespace nmsw::datasets {
namespace fs = std::filesystem;
namespace {

/// Raised when the preparation of cases changes, so that stored cases are made again.
constexpr int kPreparationVersion = 1;

}  // namespace

std::string content_key(const DatasetDescriptor& descriptor, const CaseFiles& files,
                        const FitConfig& fit, FileDigests& digests) {
  nlohmann::ordered_json key;
  key["version"] = kPreparationVersion;
  key["case"] = files.case_id;
  key["preprocessing"] = dump_value(descriptor.preprocessing);
  key["fit"] = dump_value(fit);
  key["classes"] = descriptor.classes;
  key["label_map"] = dump_value(descriptor.label_map);
  for (ChannelRule rule : descriptor.channels) {
    rule.name.clear();  // for people alone
    key["channels"].push_back(dump_value(rule));
  }
  std::string image;
  for (const fs::path& channel : channel_images(files)) {
    for (const fs::path& file : files_of_image(channel)) image += digests.of(file);
  }
  key["image"] = image;
  if (files.deformation) key["deformation"] = deformation_text(*files.deformation);
  if (!files.label.empty()) {
    std::string label;
    for (const fs::path& file : files_of_image(files.label)) label += digests.of(file);
    key["label"] = label;
  }
  for (const auto& [file, index] : files.masks) key["masks"].push_back({index, digests.of(file)});
  return sha256_hex(key.dump());
}

std::string data_digest(const DatasetDescriptor& descriptor, std::vector<CaseFiles> cases,
                        const FitConfig& fit, FileDigests& digests) {
  std::stable_sort(cases.begin(), cases.end(),
                   [](const CaseFiles& a, const CaseFiles& b) { return a.split < b.split; });
  std::string keys;
  for (const CaseFiles& files : cases)
    keys += content_key(descriptor, files, fit, digests) + enum_name(files.split);
  return sha256_hex(keys);
}

}  // namespace nmsw::datasets
