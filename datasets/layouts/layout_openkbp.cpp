#include <algorithm>
#include <array>

#include "datasets/layouts/layouts.h"
#include "nmsw/base/error.h"
#include "nmsw/base/plain_text.h"

namespace nmsw::datasets {
namespace fs = std::filesystem;
namespace {

constexpr std::array<std::pair<Split, const char*>, 3> kPatients{
    {{Split::train, "train-pats"},
     {Split::validation, "validation-pats"},
     {Split::test, "test-pats"}}};

/// The folder of the three, which is also found from the repository's own.
fs::path data_folder(const fs::path& root) {
  const fs::path inner = root / "provided-data";
  return fs::is_directory(root / kPatients[0].second) || !fs::is_directory(inner) ? root : inner;
}

/// The folders in one, by name; what else is there is a remark.
std::vector<fs::path> patients_in(const fs::path& folder, CaseListing& listing) {
  std::vector<fs::path> patients;
  std::error_code ignored;
  for (const fs::directory_entry& entry : fs::directory_iterator(folder, ignored)) {
    if (entry.path().filename().string().front() == '.') continue;
    if (entry.is_directory(ignored)) {
      patients.push_back(entry.path());
    } else {
      listing.remarks.push_back(fmt::format("{}: passed over, as a patient is a folder with ct.csv",
                                            printable(entry.path().string())));
    }
  }
  std::sort(patients.begin(), patients.end());
  std::sort(listing.remarks.begin(), listing.remarks.end());
  return patients;
}

CaseFiles files_of_patient(const DatasetDescriptor& descriptor, const fs::path& folder,
                           Split split) {
  CaseFiles files;
  files.case_id = folder.filename().string();
  files.split = split;
  files.image = folder / "ct.csv";
  for (size_t i = 0; i < descriptor.classes.size(); ++i) {
    const fs::path mask = folder / (descriptor.classes[i] + ".csv");
    if (fs::exists(mask)) files.masks.emplace_back(mask, static_cast<int>(i) + 1);
  }
  return files;
}

void list_patient(const DatasetDescriptor& descriptor, const fs::path& folder, Split split,
                  CaseListing& listing) {
  CaseFiles files = files_of_patient(descriptor, folder, split);
  bool complete = true;
  for (const char* name : {"ct.csv", "voxel_dimensions.csv"}) {
    if (fs::exists(folder / name)) continue;
    complete = false;
    listing.faults.push_back(
        fmt::format("{}: no such file, but case '{}' needs it; fetch it, or take the folder away",
                    (folder / name).string(), printable(files.case_id)));
  }
  if (files.masks.empty() && !descriptor.require_all_classes) {
    complete = false;
    listing.faults.push_back(
        fmt::format("{}: none of the {} class masks of '{}' is there; fetch them, take the folder "
                    "away, or set the descriptor's key 'require_all_classes'",
                    folder.string(), descriptor.classes.size(), descriptor.name));
  }
  if (complete) listing.cases.push_back(std::move(files));
}

}  // namespace

/// train-pats, validation-pats, test-pats with <patient>/ct.csv, voxel_dimensions.csv and
/// <class>.csv, as github.com/ababier/open-kbp provides them.
CaseListing list_openkbp(const DatasetDescriptor& descriptor, const fs::path& root) {
  CaseListing listing;
  const fs::path data = data_folder(root);
  for (const auto& [split, name] : kPatients) {
    for (const fs::path& patient : patients_in(data / name, listing))
      list_patient(descriptor, patient, split, listing);
  }
  const std::string lacking = lacking_classes(descriptor, listing.cases);
  if (!lacking.empty() && !descriptor.require_all_classes) {
    listing.remarks.push_back(
        fmt::format("{}: {}; a class without a file is absent", root.string(), lacking));
  }
  return listing;
}

}  // namespace nmsw::datasets
