#include <algorithm>
#include <sstream>

#include "datasets/layouts/layouts.h"
#include "nmsw/base/atomic_file.h"
#include "nmsw/base/error.h"

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
    rows.push_back({id, *known});
  }
  return rows;
}

void list_case(const DatasetDescriptor& descriptor, const fs::path& folder, const MetaRow& row,
               CaseListing& listing) {
  CaseFiles files;
  files.case_id = row.id;
  files.split = row.split;
  files.image = folder / "ct.nii.gz";
  if (!fs::exists(files.image)) {
    listing.faults.push_back(
        fmt::format("{}: no such file, but case '{}' needs it; fetch the image, or take the case "
                    "out of meta.csv",
                    files.image.string(), row.id));
    return;
  }
  for (size_t i = 0; i < descriptor.classes.size(); ++i) {
    const fs::path mask = folder / "segmentations" / (descriptor.classes[i] + ".nii.gz");
    if (fs::exists(mask)) files.masks.emplace_back(mask, static_cast<int>(i) + 1);
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
    listing.faults.emplace_back(error.what());
    return listing;
  }
  std::sort(rows.begin(), rows.end(),
            [](const MetaRow& a, const MetaRow& b) { return a.id < b.id; });
  for (size_t i = 0; i < rows.size(); ++i) {
    if (i > 0 && rows[i].id == rows[i - 1].id) {
      listing.faults.push_back(
          fmt::format("{}: case '{}' is listed twice; keep one line", meta.string(), rows[i].id));
      continue;
    }
    list_case(descriptor, root / rows[i].id, rows[i], listing);
  }
  return listing;
}

}  // namespace nmsw::datasets
