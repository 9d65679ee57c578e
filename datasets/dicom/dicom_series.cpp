#include "datasets/dicom/dicom_series.h"

#include <algorithm>
#include <cstring>
#include <exception>
#include <type_traits>
#include <utility>

#include "datasets/dicom/dicom_file.h"
#include "datasets/dicom/dicom_pixel_format.h"
#include "datasets/dicom/dicom_scan.h"
#include "datasets/dicom/dicom_stack.h"
#include "datasets/dicom/dicom_voxels.h"
#include "datasets/dicom/mapped_file.h"
#include "nmsw/base/error.h"
#include "nmsw/base/limited_child.h"

namespace nmsw::datasets {
namespace {

namespace fs = std::filesystem;

std::vector<FolderFile> files_of(const fs::path& folder, std::vector<std::string>& notes) {
  std::vector<FolderFile> files;
  std::error_code error;
  for (fs::directory_iterator entry(folder, error), end; !error && entry != end;
       entry.increment(error)) {
    std::error_code gone;
    const std::string name = entry->path().string();
    if (entry->is_regular_file(gone)) {
      files.push_back({name, static_cast<int64_t>(entry->file_size(gone))});
    } else if (gone || !entry->exists(gone)) {
      notes.push_back(name +
                      ": leads nowhere and was passed over; copy its target if it is a slice");
    }
  }
  if (error) throw DataError("{}: cannot be read ({})", folder.string(), error.message());
  std::sort(files.begin(), files.end(),
            [](const FolderFile& a, const FolderFile& b) { return a.name < b.name; });
  return files;
}

std::vector<float> slice_voxels(const DicomSlice& slice, const MappedFile& mapped) {
  const std::string file = slice.file.string();
  const auto dicom = walk_dicom(mapped.bytes());
  if (!dicom || !dicom->damage.empty()) {
    throw DataError("{}: changed while it was read; wait until the folder is complete", file);
  }
  const DicomPixelFormat format = pixel_format(*dicom, file);
  if (format.columns != slice.extent_xy[0] || format.rows != slice.extent_xy[1]) {
    throw DataError("{}: changed while it was read; wait until the folder is complete", file);
  }
  return dicom_voxels(*dicom, format, file);
}

/// What the child sends first. The notes follow, one a message, then the slices.
struct SeriesHead {
  Geometry geometry;
  int64_t notes = 0;
};
static_assert(std::is_trivially_copyable_v<SeriesHead>);

/// In the child.
void send_series(const std::vector<FolderFile>& files, const fs::path& folder,
                 const std::string& series, ChildWork& child) {
  std::vector<std::string> notes;
  std::vector<DicomSlice> slices = slices_of_series(files, folder, series, child, notes);
  SeriesHead head;
  head.geometry = stack_geometry(slices, notes);
  head.notes = static_cast<int64_t>(notes.size());
  child.send({reinterpret_cast<const char*>(&head), sizeof(head)});
  for (const std::string& note : notes) child.send(note);
  for (const DicomSlice& slice : slices) {
    std::error_code gone;
    const auto bytes = static_cast<int64_t>(fs::file_size(slice.file, gone));
    child.begin(slice.file.string(),
                limits_of(gone ? 0 : bytes, slice.extent_xy[0] * slice.extent_xy[1]));
    const MappedFile mapped(slice.file.string());
    const std::vector<float> voxels = slice_voxels(slice, mapped);
    child.send({reinterpret_cast<const char*>(voxels.data()), voxels.size() * sizeof(float)});
  }
}

/// In the parent: puts the messages together.
class SeriesReceiver {
 public:
  SeriesReceiver(const fs::path& folder, std::vector<std::string>& notes)
      : folder_(&folder), notes_(&notes) {}

  void receive(std::string_view message) {
    if (!has_head_) {
      take_head(message);
    } else if (notes_left_ > 0) {
      notes_->emplace_back(message);
      --notes_left_;
    } else {
      take_slice(message);
    }
  }

  ImageVolume image() && {
    if (!has_head_ || left() != 0) fail();
    return std::move(image_);
  }

 private:
  void take_head(std::string_view message) {
    SeriesHead head;
    if (message.size() != sizeof(head)) fail();
    std::memcpy(&head, message.data(), sizeof(head));
    has_head_ = true;
    notes_left_ = head.notes;
    image_.geometry = head.geometry;
    if (head.geometry.voxel_count() < 0) fail();
    try {
      // Pages are taken only as slices come: what a damaged header says costs nothing.
      image_.voxels.reserve(static_cast<size_t>(head.geometry.voxel_count()));
    } catch (const std::exception&) {  // bad_alloc, length_error
      throw DataError("{}: its {} x {} x {} voxels do not fit into memory", folder_->string(),
                      head.geometry.extent_xyz[0], head.geometry.extent_xyz[1],
                      head.geometry.extent_xyz[2]);
    }
  }
  size_t left() const {
    return static_cast<size_t>(image_.geometry.voxel_count()) - image_.voxels.size();
  }
  void take_slice(std::string_view message) {
    const size_t count = message.size() / sizeof(float);
    if (count * sizeof(float) != message.size() || left() < count) fail();
    const auto* voxels = reinterpret_cast<const float*>(message.data());
    image_.voxels.insert(image_.voxels.end(), voxels, voxels + count);
  }
  [[noreturn]] void fail() const {
    throw DataError("{}: the process that reads its slices sent something else; export it again",
                    folder_->string());
  }

  const fs::path* folder_;
  std::vector<std::string>* notes_;
  ImageVolume image_;
  bool has_head_ = false;
  int64_t notes_left_ = 0;
};

}  // namespace

ImageVolume read_dicom_series(const fs::path& folder, const std::string& series,
                              std::vector<std::string>& notes) {
  const std::vector<FolderFile> files = files_of(folder, notes);
  SeriesReceiver receiver(folder, notes);
  in_limited_child([&](ChildWork& child) { send_series(files, folder, series, child); },
                   [&](std::string_view message) { receiver.receive(message); });
  return std::move(receiver).image();
}

}  // namespace nmsw::datasets
