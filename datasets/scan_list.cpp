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

/// "_0001" or above beside "_0000", as nnU-Net names the channels of a case.
bool is_further_channel(const std::string& stem, const std::set<std::string>& stems) {
  const auto id = case_of_channel(stem);
  const std::string first = id.value_or("") + kFirstChannel;
  return id && stem != first && stems.count(first) > 0;
}

/// Networks take one channel.
void require_one_channel(const std::vector<fs::path>& images) {
  std::set<std::string> stems;
  for (const fs::path& image : images) stems.insert(stem_of(image));
  for (const fs::path& image : images) {
    if (!is_further_channel(stem_of(image), stems)) continue;
    throw ConfigError(
        "{}: is a further channel of its case, but networks take one: give a folder of the files "
        "ending in {} alone; if it is a case of its own, give the files one by one",
        image.string(), kFirstChannel);
  }
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
  if (const std::vector<fs::path> images = image_files(entries); !images.empty()) {
    require_one_channel(images);
    return images;
  }
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
    std::error_code absent;
    if (fs::equivalent(scan.input, scan.output, absent)) {
      throw ConfigError("--output {}: is the input itself; name another {}", scan.output.string(),
                        cases.size() > 1 ? "folder" : "file");
    }
  }
}

}  // namespace

bool means_many(const std::vector<fs::path>& inputs, const fs::path& output) {
  if (inputs.size() != 1 || fs::is_directory(output) || !output.has_filename()) return true;
  return fs::is_directory(inputs.front()) && !scans_in(inputs.front()).empty();
}

std::vector<ListedScan> list_scans(const std::vector<fs::path>& inputs, const fs::path& output) {
  std::vector<ListedScan> cases;
  if (!means_many(inputs, output)) {
    cases.push_back({id_of(inputs.front()), inputs.front(), output});
  } else {
    for (const fs::path& input : inputs) {
      std::vector<fs::path> scans = fs::is_directory(input) ? scans_in(input) : std::vector{input};
      if (scans.empty()) scans = {input};
      for (const fs::path& scan : scans) {
        const std::string id = id_of(scan);
        cases.push_back({id, scan, output / (id + ending_for(scan))});
      }
    }
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
