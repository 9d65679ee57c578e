#include "datasets/check_dataset.h"

#include <algorithm>
#include <array>
#include <map>

#include "datasets/case_source.h"
#include "datasets/grid/geometry.h"
#include "datasets/grid/orientation.h"
#include "datasets/image_io.h"
#include "datasets/layouts/listing_judgement.h"
#include "datasets/preparation/plausible_grid.h"
#include "nmsw/base/error.h"

namespace nmsw::datasets {
namespace {

std::vector<int64_t> classes_of(const LabelVolume& label) {
  std::array<bool, 256> there{};
  for (const uint8_t index : label.voxels) there[index] = true;
  std::vector<int64_t> classes;
  for (int64_t index = 1; index < 256; ++index) {
    if (there[static_cast<size_t>(index)]) classes.push_back(index);
  }
  return classes;
}

/// The files of one case, whose classes are returned.
std::vector<int64_t> check_case(const DatasetDescriptor& descriptor, const CaseFiles& files,
                                DatasetFindings& findings) {
  ReadNotes notes;
  const auto keep_notes = [&] {
    findings.remarks.insert(findings.remarks.end(), notes.lines.begin(), notes.lines.end());
    notes.lines.clear();
  };
  const Geometry grid = read_image(files.image, &notes).geometry;
  for (const std::filesystem::path& channel : files.further_channels) {
    require_same_grid(grid, files.image.string(), read_image(channel, &notes).geometry,
                      channel.string());
  }
  keep_notes();
  const Geometry turned = apply_axis_map(grid, ras_axis_map(grid));
  const GridJudgement judged =
      judge_grid(turned.extent_xyz, turned.spacing_xyz_mm, descriptor.preprocessing);
  if (!judged.fault.empty()) findings.faults.push_back(files.image.string() + ": " + judged.fault);
  if (!judged.remark.empty())
    findings.remarks.push_back(files.image.string() + ": " + judged.remark);
  if (!files.has_label()) return {};
  CaseFiles undeformed = files;
  undeformed.deformation.reset();
  const LabelVolume label = read_case_label(descriptor, undeformed, grid, &notes);
  keep_notes();
  return classes_of(label);
}

}  // namespace

DatasetFindings check_dataset(const DatasetDescriptor& descriptor,
                              const std::filesystem::path& root) {
  CaseListing listing = judged_listing(descriptor, root);
  DatasetFindings findings{std::move(listing.faults), std::move(listing.remarks)};
  // A case of two splits, or with deformations, is looked at once.
  std::map<std::filesystem::path, std::vector<int64_t>> looked_at;
  std::vector<ShownClasses> shown;
  bool all_readable = true;
  for (const CaseFiles& files : listing.cases) {
    const auto [entry, is_new] = looked_at.emplace(files.image, std::vector<int64_t>{});
    if (is_new) {
      try {
        entry->second = check_case(descriptor, files, findings);
      } catch (const Error& error) {
        findings.faults.emplace_back(error.what());
        all_readable = false;
      }
    }
    if (files.has_label()) shown.push_back({files.split, entry->second});
  }
  if (all_readable) {
    FileDigests digests;
    for (std::string& remark : same_image_remarks(listing.cases, digests))
      findings.remarks.push_back(std::move(remark));
  }
  // What is not in the files that can be read may be in the others.
  if (!all_readable || shown.empty()) return findings;
  for (std::string& remark : absent_class_remarks(descriptor, root, shown)) {
    const auto& said = findings.remarks;
    if (std::find(said.begin(), said.end(), remark) == said.end())
      findings.remarks.push_back(std::move(remark));
  }
  return findings;
}

}  // namespace nmsw::datasets
