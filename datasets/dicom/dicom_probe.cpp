#include "datasets/dicom/dicom_probe.h"

#include <cstdint>
#include <filesystem>

#include <fcntl.h>
#include <gdcmAttribute.h>
#include <gdcmReader.h>
#include <sys/wait.h>
#include <unistd.h>

#include "nmsw/base/error.h"

namespace nmsw::datasets {
namespace {

template <uint16_t group, uint16_t element>
uint64_t number_in(const gdcm::DataSet& data, uint64_t where_absent) {
  gdcm::Attribute<group, element> attribute;
  if (!data.FindDataElement(attribute.GetTag())) return where_absent;
  attribute.SetFromDataSet(data);
  return static_cast<uint64_t>(attribute.GetValue());
}

/// Whether the header can be read and is followed by the voxels that it promises. GDCM itself takes
/// fewer of them for an image; compressed ones show their end when they are decoded.
bool is_whole(const std::string& file) {
  gdcm::Reader reader;
  reader.SetFileName(file.c_str());
  const gdcm::Tag pixels(0x7fe0, 0x0010);
  // Skipped pixels leave the position at their first. What is no DICOM at all is passed over later.
  if (!reader.ReadUpToTag(pixels, {pixels})) return true;
  if (reader.GetFile().GetHeader().GetDataSetTransferSyntax().IsEncapsulated()) return true;
  const gdcm::DataSet& data = reader.GetFile().GetDataSet();
  const uint64_t voxels = number_in<0x0028, 0x0010>(data, 0) * number_in<0x0028, 0x0011>(data, 0) *
                          number_in<0x0028, 0x0002>(data, 1);
  const uint64_t promised = voxels * number_in<0x0028, 0x0100>(data, 0) / 8;
  if (promised == 0) return true;  // plans, structures
  return reader.GetStreamCurrentPosition() + promised <= std::filesystem::file_size(file);
}

/// In the child: says which file comes next, then looks at it; ends at the first bad one.
[[noreturn]] void look_at(const std::vector<std::string>& files, int progress) {
  const int nowhere = ::open("/dev/null", O_WRONLY);
  ::dup2(nowhere, STDERR_FILENO);
  for (uint32_t i = 0; i < files.size(); ++i) {
    if (::write(progress, &i, sizeof(i)) != static_cast<ssize_t>(sizeof(i))) ::_exit(1);
    try {
      if (!is_whole(files[i])) ::_exit(1);
    } catch (...) {
      ::_exit(1);
    }
  }
  ::_exit(0);
}

}  // namespace

void require_whole_files(const std::vector<std::string>& files) {
  int ends[2];
  if (::pipe2(ends, O_CLOEXEC) != 0) throw DataError("DICOM: no pipe; end other programs");
  const pid_t child = ::fork();
  if (child < 0) throw DataError("DICOM: no second process; end other programs");
  if (child == 0) look_at(files, ends[1]);
  ::close(ends[1]);
  uint32_t last = 0, next = 0;
  while (::read(ends[0], &next, sizeof(next)) == static_cast<ssize_t>(sizeof(next))) last = next;
  ::close(ends[0]);
  int status = 0;
  ::waitpid(child, &status, 0);
  if (WIFEXITED(status) && WEXITSTATUS(status) == 0) return;
  throw DataError(
      "{}: is damaged or truncated; copy or export it again, or take it out of the folder",
      files[last]);
}

}  // namespace nmsw::datasets
