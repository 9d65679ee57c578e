#include "datasets/check_dataset.h"

#include <set>

#include "datasets/case_source.h"
#include "datasets/image_io.h"
#include "datasets/layouts/layouts.h"
#include "nmsw/base/error.h"

namespace nmsw::datasets {

std::vector<std::string> check_dataset(const DatasetDescriptor& descriptor,
                                       const std::filesystem::path& root) {
  CaseListing listing = list_folder(descriptor, root);
  std::vector<std::string> faults = std::move(listing.faults);
  faults.insert(faults.end(), listing.remarks.begin(), listing.remarks.end());
  std::set<std::string> seen;
  for (const CaseFiles& files : listing.cases) {
    // A case of two splits is looked at once.
    if (!seen.insert(files.image.string()).second) continue;
    try {
      const Geometry grid = read_image(files.image).geometry;
      if (files.has_label()) read_case_label(descriptor, files, grid);
    } catch (const Error& error) {
      faults.emplace_back(error.what());
    }
  }
  return faults;
}

}  // namespace nmsw::datasets
