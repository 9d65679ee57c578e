#include "tests/datasets/layouts/layout_writers.h"

#include <nlohmann/json.hpp>

#include "tests/datasets/toy_cases.h"
#include "tests/support/put_file.h"

namespace nmsw::datasets::toy {
namespace {

namespace fs = std::filesystem;
using nmsw::testing::put_file;

/// Near the left of a grid whose x axis runs to the left.
constexpr Int3 kLeftVoxel{4, 1, 2}, kRightVoxel{1, 3, 1};

void put_toy_image(const fs::path& file) {
  const Geometry grid = nmsw::testing::oblique_geometry(kExtent);
  ImageVolume image{grid, std::vector<float>(static_cast<size_t>(grid.voxel_count()), -1000)};
  const auto set = [&](const Int3& at, float hu) {
    image.voxels[static_cast<size_t>(image.index(at[0], at[1], at[2]))] = hu;
  };
  set(kLeftVoxel, kLeftHu);
  set(kRightVoxel, kRightHu);
  write_image(file, image);
}

/// A label map of those of the two voxels whose value is not 0.
void put_toy_label(const fs::path& file, uint8_t left, uint8_t right) {
  const Geometry grid = nmsw::testing::oblique_geometry(kExtent);
  LabelVolume label{grid, std::vector<uint8_t>(static_cast<size_t>(grid.voxel_count()), 0)};
  const auto set = [&](const Int3& at, uint8_t value) {
    label.voxels[static_cast<size_t>(label.index(at[0], at[1], at[2]))] = value;
  };
  set(kLeftVoxel, left);
  set(kRightVoxel, right);
  write_label(file, label);
}

DatasetDescriptor write_word(const fs::path& root) {
  const std::map<Split, std::string> parts{
      {Split::train, "Tr"}, {Split::validation, "Val"}, {Split::test, "Ts"}};
  for (const ToyCase& item : toy_cases()) {
    put_toy_image(root / ("images" + parts.at(item.split)) / (item.id + ".nii.gz"));
    put_toy_label(root / ("labels" + parts.at(item.split)) / (item.id + ".nii.gz"), 1, 2);
  }
  return two_class_descriptor("word");
}

DatasetDescriptor write_totalsegmentator(const fs::path& root) {
  std::string meta = "image_id;age;split\n";
  for (const ToyCase& item : toy_cases()) {
    const std::string split = enum_name(item.split);
    meta += item.id + ";50;" + (item.split == Split::validation ? "val" : split) + "\n";
    put_toy_image(root / item.id / "ct.nii.gz");
    put_toy_label(root / item.id / "segmentations/left.nii.gz", 1, 0);
    put_toy_label(root / item.id / "segmentations/right.nii.gz", 0, 1);
  }
  put_file(root / "meta.csv", meta);
  return two_class_descriptor("totalsegmentator");
}

DatasetDescriptor write_nnunet(const fs::path& root) {
  nlohmann::json fold = {{"train", nlohmann::json::array()}, {"val", nlohmann::json::array()}};
  for (const ToyCase& item : toy_cases()) {
    const std::string part = item.split == Split::test ? "Ts" : "Tr";
    put_toy_image(root / ("images" + part) / (item.id + "_0000.nii.gz"));
    put_toy_label(root / ("labels" + part) / (item.id + ".nii.gz"), 1, 2);
    if (item.split != Split::test)
      fold[item.split == Split::train ? "train" : "val"].push_back(item.id);
  }
  put_file(root / "splits_final.json", nlohmann::json::array({fold}).dump());
  return two_class_descriptor("nnunet");
}

DatasetDescriptor write_list(const fs::path& root) {
  std::string text = "name: toy\nclasses: [left, right]\nlayout: list\ncases:\n";
  for (const ToyCase& item : toy_cases()) {
    put_toy_image(root / (item.id + "_image.nii.gz"));
    put_toy_label(root / (item.id + "_label.nii.gz"), 1, 2);
    text += fmt::format(
        "  - {{id: {0}, splits: [{1}], image: {0}_image.nii.gz, "
        "label: {0}_label.nii.gz}}\n",
        item.id, enum_name(item.split));
  }
  return parse_descriptor(text, "toy.yaml");
}

DatasetDescriptor write_openkbp(const fs::path& root) {
  // Index = 16384 front to back + 128 right to left + head to feet.
  constexpr int kLeft = 60 * 16384 + 90 * 128 + 30, kRight = 64 * 16384 + 40 * 128 + 31;
  for (const ToyCase& item : toy_cases()) {
    const fs::path folder = root / (std::string(enum_name(item.split)) + "-pats") / item.id;
    fs::create_directories(folder);
    put_file(folder / "ct.csv", fmt::format(",data\n{},{:.1f}\n{},{:.1f}\n", kLeft, kLeftHu + 1000,
                                            kRight, kRightHu + 1000));
    put_file(folder / "left.csv", fmt::format(",data\n{},\n", kLeft));
    put_file(folder / "right.csv", fmt::format(",data\n{},\n", kRight));
    put_file(folder / "dose.csv", fmt::format(",data\n{},7.675\n", kLeft));
    put_file(folder / "voxel_dimensions.csv", "3.906e+00\n3.906e+00\n2.5e+00\n");
  }
  return two_class_descriptor("openkbp");
}

}  // namespace

const std::vector<ToyCase>& toy_cases() {
  static const std::vector<ToyCase> cases{{"pt_2", Split::train},       {"pt_30", Split::test},
                                          {"pt_10", Split::train},      {"pt_1", Split::train},
                                          {"pt_20", Split::validation}, {"pt_3", Split::test}};
  return cases;
}

const std::map<std::string_view, LayoutWriter>& layout_writers() {
  static const std::map<std::string_view, LayoutWriter> writers{
      {"word", write_word},       {"totalsegmentator", write_totalsegmentator},
      {"nnunet", write_nnunet},   {"list", write_list},
      {"openkbp", write_openkbp},
  };
  return writers;
}

}  // namespace nmsw::datasets::toy
