// Links: datasets_layouts
#include "datasets/layouts/descriptor.h"

#include <set>

#include "nmsw/base/config_identity.h"
#include "nmsw/base/plain_text.h"
#include "tests/fuzz/target.h"

namespace nmsw::fuzz {

std::vector<std::string> seeds() {
  return {R"(name: mine
layout: nnunet
modality: CT
classes: [liver, "left kidney", right_kidney]
left_right_pairs: [["left kidney", right_kidney]]
preprocessing: {intensity: window, window: [-250, 500], spacing_xyz_mm: [2, 2, 2.5]}
patch_xyz: [64, 64, 32]
split: {train: 3, validation: 1, test: 2}
)",
          R"(name: listed
layout: list
classes: [a, b]
label_map: [{id: 5, class: a}, {id: 0xFF, class: b}]
cases:
  - {id: c1, splits: [train, validation], image: c1.nii, label: l1.nii}
  - {id: c2, image: c2, deformations: {train: 2, test: 1, rms_mm: 6, grid_mm: 64}}
)",
          R"(name: versions
layout: totalsegmentator
version: v2
class_lists: [&v1 {version: v1, classes: [a]}, {version: v2, classes: [a, b]}, *v1]
fixed_volume_xyz: [192, 192, 64]
nsd_tolerance_mm: .inf
phantom: abdomen
)",
          "- &a [x]\n- &b [*a, *a]\n- !!binary aGk=\n- |\n  text\n"};
}

void try_input(std::string_view bytes) {
  const auto d = datasets::parse_descriptor(std::string(bytes), "input");
  must_hold(!name_fault(d.name), "a name that can be a file's");
  must_hold(!d.classes.empty() && d.classes.size() <= 255, "1 to 255 classes");
  must_hold(std::set<std::string>(d.classes.begin(), d.classes.end()).size() == d.classes.size(),
            "classes differ");
  must_hold((d.layout == "list") == !d.cases.empty(), "cases of layout list alone");
  for (const auto& entry : d.cases) must_hold(!name_fault(entry.id), "an id that can be a file's");
  for (size_t a = 0; a < 3; ++a)
    must_hold(d.patch_xyz[a] > 0 && d.downsize_rate_xyz[a] > 0, "possible extents");
  must_hold(d.nsd_tolerance_mm > 0, "a possible tolerance");
  for (const auto& mapping : d.label_map) must_hold(mapping.id >= 0 && mapping.id <= 255, "an id");
  must_hold(datasets::mirrored_classes(d).size() == d.classes.size() + 1, "a mirror class each");
  identity_value(d);  // what task keys are made of
}

}  // namespace nmsw::fuzz
