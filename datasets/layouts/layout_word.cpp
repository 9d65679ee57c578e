#include "datasets/layouts/layouts.h"

#include <fmt/format.h>

namespace nmsw::datasets {
namespace fs = std::filesystem;
namespace {

struct SplitFolders {
  Split split;
  const char* images;
  const char* labels;
};
constexpr std::array<SplitFolders, 3> kFolders{{{Split::train, "imagesTr", "labelsTr"},
                                                {Split::validation, "imagesVal", "labelsVal"},
                                                {Split::test, "imagesTs", "labelsTs"}}};

/// The labels' folder. WORD's test labels come as an archive of their own, which people unpack in
/// different places.
fs::path label_folder(const fs::path& root, const SplitFolders& folders) {
  fs::path usual = root / folders.labels;
  if (folders.split != Split::test || fs::is_directory(usual)) return usual;
  const std::string archive = "WORD_V0.1.0_labelsTs";
  // A root that ends in a separator has an empty last part.
  const fs::path beside = (root / "").lexically_normal().parent_path().parent_path();
  for (const fs::path& place :
       {root / archive / folders.labels, root / archive, beside / folders.labels,
        beside / archive / folders.labels, beside / archive}) {
    if (fs::is_directory(place)) return place;
  }
  return usual;
}

void list_split(const DatasetDescriptor& descriptor, const fs::path& root,
                const SplitFolders& folders, CaseListing& listing) {
  const auto images = volume_files(root / folders.images, listing);
  const fs::path labels_at = label_folder(root, folders);
  auto labels = volume_files(labels_at, listing);
  const bool test_without_labels = folders.split == Split::test && !fs::is_directory(labels_at);
  if (test_without_labels && !images.empty()) {
    listing.remarks.push_back(fmt::format(
        "{}: no such folder, so the {} test images of '{}' cannot be scored; unpack the "
        "test labels there",
        labels_at.string(), images.size(), descriptor.name));
  }
  for (const auto& [id, image] : images) {
    CaseFiles files;
    files.case_id = id;
    files.split = folders.split;
    files.image = image;
    const auto label = labels.find(id);
    if (label != labels.end()) {
      files.label = label->second;
      labels.erase(label);
    } else if (!test_without_labels) {
      listing.faults.push_back(
          fmt::format("{}: no label for it in {}; add the label file of the same name or take the "
                      "image away",
                      image.string(), labels_at.string()));
    }
    listing.cases.push_back(std::move(files));
  }
  for (const auto& [id, label] : labels) {
    listing.remarks.push_back(fmt::format("{}: no image for this label in {}", label.string(),
                                          (root / folders.images).string()));
  }
}

}  // namespace

/// imagesTr/labelsTr, imagesVal/labelsVal, imagesTs/labelsTs with one file name for image and label
/// (METHOD 4.5).
CaseListing list_word(const DatasetDescriptor& descriptor, const fs::path& root) {
  CaseListing listing;
  for (const SplitFolders& folders : kFolders) list_split(descriptor, root, folders, listing);
  return listing;
}

}  // namespace nmsw::datasets
