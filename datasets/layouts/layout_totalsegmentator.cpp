#include <algorithm>
#include <map>
#include <sstream>

#include "datasets/layouts/layouts.h"
#include "nmsw/base/atomic_file.h"
#include "nmsw/base/error.h"
#include "nmsw/base/plain_text.h"

namespace nmsw::datasets {
namespace fs = std::filesystem;
namespace {

/// The fields of a line; meta.csv quotes none that matter, but quotes round a field are taken off.
std::vector<std::string> fields_of(std::string line) {
  if (!line.empty() && line.back() == '\r') line.pop_back();
  std::vector<std::string> fields;
  std::istringstream stream(line);
  for (std::string field; std::getline(stream, field, ';');) {
    if (field.size() >= 2 && field.front() == '"' && field.back() == '"')
      field = field.substr(1, field.size() - 2);
    fields.push_back(field);
  }
  return fields;
}

struct MetaRow {
  std::string id;
  Split split;
};

std::vector<MetaRow> read_meta(const fs::path& file, std::vector<std::string>& faults) {
  std::string text = read_file(file);
  if (const auto fault = utf8_fault(text)) throw DataError("{}:{}", file.string(), *fault);
  if (text.compare(0, 3, "\xEF\xBB\xBF") == 0) text.erase(0, 3);
  std::istringstream stream(text);
  std::string line;
  std::getline(stream, line);
  const std::vector<std::string> header = fields_of(line);
  const auto column = [&](const char* name) {
    const auto found = std::find(header.begin(), header.end(), name);
    if (found == header.end()) {
      throw DataError(
          "{}:1: no column '{}' between semicolons; expected TotalSegmentator's meta.csv with the "
          "columns "
          "image_id and split",
          file.string(), name);
    }
    return static_cast<size_t>(found - header.begin());
  };
  const size_t id_column = column("image_id");
  const size_t split_column = column("split");
  std::vector<MetaRow> rows;
  for (int64_t number = 2; std::getline(stream, line); ++number) {
    const std::vector<std::string> fields = fields_of(line);
    if (fields.empty()) continue;
    const std::string split = split_column < fields.size() ? fields[split_column] : "";
    const std::string id = id_column < fields.size() ? fields[id_column] : "";
    const auto known = enum_from_name<Split>(split == "val" ? "validation" : split);
    if (id.empty() || !known) {
      faults.push_back(fmt::format(
          "{}:{}: split '{}' of case '{}' is not one of train, val, test; correct the line",
          file.string(), number, split, id));
      continue;
    }
    if (const auto fault = name_fault(id)) {
      faults.push_back(
          fmt::format("{}:{}: the image_id '{}' {}; give the name of the case's folder",
                      file.string(), number, printable(id), *fault));
      continue;
    }
    rows.push_back({id, *known});
  }
  return rows;
}

/// The .nii.gz files of a folder by name without ending, which may be in upper case.
std::map<std::string, fs::path> files_by_stem(const fs::path& folder) {
  const std::string ending = ".nii.gz";
  std::map<std::string, fs::path> files;
  std::error_code ignored;
  for (const fs::directory_entry& entry : fs::directory_iterator(folder, ignored)) {
    const std::string name = entry.path().filename().string();
    const std::string stem = volume_stem(name);
    if (lower_case(name.substr(stem.size())) == ending) files[stem] = entry.path();
  }
  return files;
}

void list_case(const DatasetDescriptor& descriptor, const fs::path& folder, const MetaRow& row,
               CaseListing& listing) {
  CaseFiles files;
  files.case_id = row.id;
  files.split = row.split;
  const auto images = files_by_stem(folder);
  const auto image = images.find("ct");
  files.image = image == images.end() ? folder / "ct.nii.gz" : image->second;
  if (!fs::exists(files.image)) {
    listing.faults.push_back(
        fmt::format("{}: no such file, but case '{}' needs it; fetch the image, or take the case "
                    "out of meta.csv",
                    files.image.string(), row.id));
    return;
  }
  const auto masks = files_by_stem(folder / "segmentations");
  for (size_t i = 0; i < descriptor.classes.size(); ++i) {
    const auto mask = masks.find(descriptor.classes[i]);
    if (mask != masks.end()) files.masks.emplace_back(mask->second, static_cast<int>(i) + 1);
  }
  if (files.masks.empty()) {
    listing.faults.push_back(fmt::format(
        "{}: none of the {} class masks of '{}' ({}) is there; check the folder and the "
        "key 'version' of the descriptor",
        (folder / "segmentations").string(), descriptor.classes.size(), descriptor.name,
        descriptor.version));
  }
  listing.cases.push_back(std::move(files));
}

/// A folder that its split does not come with can still be looked through: the faults of its cases
/// are named too.
void list_without_meta(const DatasetDescriptor& descriptor, const fs::path& root,
                       CaseListing& listing) {
  listing.split_known = false;
  listing.faults.push_back(
      fmt::format("{}: no such file; TotalSegmentator's folder holds its split there, name the "
                  "folder that has it",
                  (root / "meta.csv").string()));
  std::vector<fs::path> folders;
  if (fs::is_directory(root / "segmentations")) folders.push_back(root);  // a case itself
  for (const fs::directory_entry& entry : fs::directory_iterator(root)) {
    if (fs::is_directory(entry.path() / "segmentations")) folders.push_back(entry.path());
  }
  for (const fs::path& folder : folders) {
    list_case(descriptor, folder, {folder.filename().string(), Split::train}, listing);
  }
}

}  // namespace

/// meta.csv, <case>/ct.nii.gz, <case>/segmentations/<class>.nii.gz.
CaseListing list_totalsegmentator(const DatasetDescriptor& descriptor, const fs::path& root) {
  CaseListing listing;
  const fs::path meta = root / "meta.csv";
  if (!fs::exists(meta)) {
    list_without_meta(descriptor, root, listing);
    return listing;
  }
  std::vector<MetaRow> rows;
  try {
    rows = read_meta(meta, listing.faults);
  } catch (const DataError& error) {
    listing.split_known = false;
    listing.faults.emplace_back(error.what());
    return listing;
  }
  std::sort(rows.begin(), rows.end(),
            [](const MetaRow& a, const MetaRow& b) { return a.id < b.id; });
  for (size_t i = 0; i < rows.size(); ++i) {
    if (i > 0 && rows[i].id == rows[i - 1].id) {
      const std::string before = enum_name(rows[i - 1].split), now = enum_name(rows[i].split);
      listing.faults.push_back(fmt::format("{}: case '{}' is listed twice, in {}{}; keep one line",
                                           meta.string(), rows[i].id, before,
                                           before == now ? "" : " and in " + now));
      continue;
    }
    list_case(descriptor, root / rows[i].id, rows[i], listing);
  }
  return listing;
}

}  // namespace nmsw::datasets
