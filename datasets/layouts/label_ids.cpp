#include "datasets/layouts/label_ids.h"

#include <algorithm>

#include "nmsw/base/error.h"

namespace nmsw::datasets {

std::array<int, 256> class_of_ids(const DatasetDescriptor& descriptor) {
  std::array<int, 256> table{};
  if (descriptor.label_map.empty()) {
    for (int id = 0; id < 256; ++id) table[id] = id < num_classes(descriptor) ? id : -1;
    return table;
  }
  for (const LabelMapping& mapping : descriptor.label_map) {
    // A class of the descriptor's other version has no index here and stays background.
    table[static_cast<size_t>(mapping.id)] =
        static_cast<int>(class_index(descriptor, mapping.class_name).value_or(0));
  }
  return table;
}

void apply_label_ids(const DatasetDescriptor& descriptor, const std::filesystem::path& file,
                     LabelVolume& label) {
  const std::array<int, 256> table = class_of_ids(descriptor);
  std::array<int64_t, 256> count{};
  for (uint8_t& voxel : label.voxels) {
    ++count[voxel];
    voxel = static_cast<uint8_t>(std::max(0, table[voxel]));
  }
  std::string faults;
  for (int id = 0; id < 256; ++id) {
    if (count[id] == 0 || table[id] >= 0) continue;
    faults += fmt::format("{}{} ({} voxels)", faults.empty() ? "" : ", ", id, count[id]);
  }
  if (faults.empty()) return;
  throw DataError(
      "{}: label id {} outside the class list of '{}' (0..{}); correct the file, or say with the "
      "descriptor's key 'label_map' what each id stands for",
      file.string(), faults, descriptor.name, descriptor.classes.size());
}

}  // namespace nmsw::datasets
