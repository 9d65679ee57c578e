// Links: datasets_layouts
#include "datasets/layouts/nnunet_json.h"

#include "datasets/layouts/json_file.h"
#include "tests/fuzz/target.h"

namespace nmsw::fuzz {

std::vector<std::string> seeds() {
  return {R"({"labels": {"background": 0, "left": 1, "right": 2}, "channel_names": {"0": "CT"},
              "numTraining": 3, "file_ending": ".nii.gz", "training": [{"image":
              "./imagesTr/c0.nii.gz", "label": "./labelsTr/c0.nii.gz"}, "imagesTr/c1_0000.nii.gz"]})",
          R"({"labels": {"0": "background", "1": "left", "2": ["a", 1]}, "modality": {"0": "MRI"},
              "numTraining": -1e99, "dataset": {}})",
          R"([{"train": ["c0", "c1"], "val": ["c2"]}, {"train": [], "val": []}])",
          R"([{"train": ["c0"], "val": ["c1", "c1"], "test": ["c0", "\u001b[2J"]}])"};
}

void try_input(std::string_view bytes) {
  const nlohmann::json json = datasets::parse_json(std::string(bytes), "input");
  datasets::CaseListing listing;
  for (const char* id : {"c0", "c1", "c2"}) {
    datasets::CaseFiles files;
    files.case_id = id;
    files.image = std::string("imagesTr/") + id + "_0000.nii.gz";
    files.label = std::string("labelsTr/") + id + ".nii.gz";
    listing.cases.push_back(files);
  }
  if (json.is_object()) {
    datasets::DatasetDescriptor descriptor;
    descriptor.name = "mine";
    descriptor.classes = {"left", "right"};
    datasets::compare_dataset_json(descriptor, json, "input", listing);
    must_hold(listing.cases.size() == 3, "the files decide");
    return;
  }
  for (const bool own_test_folder : {false, true}) {
    const auto splits = datasets::splits_of_json(json, "input", {0, own_test_folder}, listing);
    for (const auto& entry : splits) must_hold(!entry.second.empty(), "a case is in a part");
  }
}

}  // namespace nmsw::fuzz
