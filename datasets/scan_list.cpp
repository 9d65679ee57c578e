#include "datasets/scan_list.h"

#include <algorithm>
#include <map>
#include <set>

#include "datasets/formats/volume_file.h"
#include "datasets/layouts/layouts.h"
#include "nmsw/base/error.h"

namespace nmsw::datasets {
namespace {

namespace fs = std::filesystem;

constexpr const char* kFirstChannel = "_0000";

std::string stem_of(const fs::path& file) {
  std::string stem = file.filename().string();
  stem.resize(stem.size() - readable_ending(file).size());
  return stem;
}

/// The files of one scan, in the order of their channels.
using ScanFiles = std::vector<fs::path>;

/// "case" of a file of a folder that has "case_0000", for that and its further channels; nothing for
/// others.
std::string numbered_case(const fs::path& file, const std::set<fs::path>& firsts) {
  if (fs::is_directory(file)) return "";
  const auto id = case_of_channel(stem_of(file));
  return id && firsts.count(file.parent_path() / *id) > 0 ? *id : "";
}

/// Puts the channels of one scan together: NAME_0001 and so on belong to a NAME_0000 of the same
/// folder.
std::vector<ScanFiles> with_channels(const std::vector<fs::path>& files) {
  std::set<fs::path> firsts;
  for (const fs::path& file : files) {
    if (fs::is_directory(file)) continue;
    const std::string stem = stem_of(file);
    const auto id = case_of_channel(stem);
    if (id && stem == *id + kFirstChannel) firsts.insert(file.parent_path() / *id);
  }
  std::vector<ScanFiles> scans;
  std::map<fs::path, size_t> place;  // of the numbered ones among them
  for (const fs::path& file : files) {
    const std::string id = numbered_case(file, firsts);
    const auto [found, is_new] = id.empty() ? std::pair{place.end(), true}
                                            : place.emplace(file.parent_path() / id, scans.size());
    if (is_new) {
      scans.push_back({file});
    } else {
      scans[found->second].push_back(file);
    }
  }
  for (auto& [name, index] : place) {
    ScanFiles& scan = scans[index];
    std::sort(scan.begin(), scan.end(),
              [](const fs::path& a, const fs::path& b) { return stem_of(a) < stem_of(b); });
    for (size_t c = 0; c < scan.size(); ++c) {
      if (stem_of(scan[c]) == fmt::format("{}_{:04}", name.filename().string(), c)) continue;
      if (c > 0 && stem_of(scan[c]) == stem_of(scan[c - 1])) {
        throw ConfigError("{} and {}: are the same channel of one scan; give one of them",
                          scan[c - 1].string(), scan[c].string());
      }
      throw ConfigError(
          "{}: channel {} of its scan is missing; channels are numbered from _0000 on",
          scan[c].string(), c);
    }
  }
  return scans;
}

/// A folder's visible entries by name.
std::vector<fs::path> entries_of(const fs::path& folder) {
  std::vector<fs::path> entries;
  std::error_code fault;
  fs::directory_iterator it(folder, fault);
  for (; !fault && it != fs::directory_iterator(); it.increment(fault)) {
    if (it->path().filename().string()[0] != '.') entries.push_back(it->path());
  }
  if (fault)
    throw ConfigError("{}: cannot be listed: {}; check the folder's permissions", folder.string(),
                      fault.message());
  std::sort(entries.begin(), entries.end());
  return entries;
}

/// Image files but the second half of a pair (.img beside .hdr).
std::vector<fs::path> image_files(const std::vector<fs::path>& entries) {
  std::vector<fs::path> images;
  for (const fs::path& entry : entries) {
    const std::string ending = readable_ending(entry);
    const bool is_second_half = ending == ".img" || ending == ".img.gz";
    if (!ending.empty() && ending != ".csv" && !is_second_half && fs::is_regular_file(entry))
      images.push_back(entry);
  }
  return images;
}

bool holds_files(const std::vector<fs::path>& entries) {
  return std::any_of(entries.begin(), entries.end(),
                     [](const fs::path& entry) { return fs::is_regular_file(entry); });
}

/// What a folder of scans holds; nothing for the folder of one scan (DICOM).
std::vector<fs::path> scans_in(const fs::path& folder) {
  const std::vector<fs::path> entries = entries_of(folder);
  if (std::vector<fs::path> images = image_files(entries); !images.empty()) return images;
  if (holds_files(entries)) return {};
  std::vector<fs::path> series;
  for (const fs::path& entry : entries) {
    if (fs::is_directory(entry) && holds_files(entries_of(entry))) series.push_back(entry);
  }
  if (series.empty()) {
    throw ConfigError(
        "--input {}: holds no scan; give an image file, a folder of DICOM slices, or a folder of "
        "either",
        folder.string());
  }
  return series;
}

std::string ending_for(const fs::path& input) {
  const std::string ending = readable_ending(input);
  if (ending == ".nrrd" || ending == ".nhdr") return ".nrrd";
  if (ending == ".mha" || ending == ".mhd") return ".mha";
  return ".nii.gz";
}

std::string id_of(const fs::path& input) {
  if (fs::is_directory(input))
    return (input.has_filename() ? input : input.parent_path()).filename().string();
  const std::string stem = stem_of(input);
  const std::string id = case_of_channel(stem).value_or("");
  return stem == id + kFirstChannel ? id : stem;
}

void require_distinct(const std::vector<ListedScan>& cases) {
  std::map<fs::path, fs::path> input_of;
  for (const ListedScan& scan : cases) {
    const auto [found, is_new] = input_of.emplace(scan.output, scan.input);
    if (!is_new) {
      throw ConfigError("{} and {}: both would be written to {}; predict them into two folders",
                        found->second.string(), scan.input.string(), scan.output.string());
    }
  }
  for (const ListedScan& scan : cases) {
    ScanFiles inputs = scan.further;
    inputs.push_back(scan.input);
    for (const fs::path& input : inputs) {
      std::error_code absent;
      if (!fs::equivalent(input, scan.output, absent)) continue;
      throw ConfigError("--output {}: is the input itself; name another {}", scan.output.string(),
                        cases.size() > 1 ? "folder" : "file");
    }
  }
}

}  // namespace

bool means_many(const std::vector<fs::path>& inputs, const fs::path& output) {
  if (fs::is_directory(output) || !output.has_filename()) return true;
  const bool is_folder = fs::is_directory(inputs.front());
  if (inputs.size() == 1) return is_folder && !scans_in(inputs.front()).empty();
  return with_channels(inputs).size() != 1;
}

std::vector<ListedScan> list_scans(const std::vector<fs::path>& inputs, const fs::path& output) {
  const bool many = means_many(inputs, output);
  std::vector<fs::path> files;
  for (const fs::path& input : inputs) {
    std::vector<fs::path> inside =
        many && fs::is_directory(input) ? scans_in(input) : std::vector<fs::path>{};
    if (inside.empty()) inside = {input};
    files.insert(files.end(), inside.begin(), inside.end());
  }
  std::vector<ListedScan> cases;
  for (ScanFiles& scan : with_channels(files)) {
    const std::string id = id_of(scan.front());
    cases.push_back({id,
                     scan.front(),
                     many ? output / (id + ending_for(scan.front())) : output,
                     {scan.begin() + 1, scan.end()}});
  }
  require_distinct(cases);
  return cases;
}

std::vector<ListedScan> part_of(const std::vector<ListedScan>& scans, int64_t index,
                                int64_t count) {
  std::vector<ListedScan> own;
  for (auto i = static_cast<size_t>(index) - 1; i < scans.size(); i += static_cast<size_t>(count))
    own.push_back(scans[i]);
  return own;
}

}  // namespace nmsw::datasets
