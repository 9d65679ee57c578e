// Links: nmsw_base
#include "nmsw/base/zip_check.h"
#include "tests/fuzz/target.h"
#include "tests/support/zip_archive.h"

namespace nmsw::fuzz {

std::vector<std::string> seeds() {
  using testing::zip_archive;
  using testing::ZipSizes;
  const std::vector<testing::ZippedFile> files{
      {"a/data.pkl", "some text"}, {"a/empty", ""}, {"a/code", std::string(300, 'x'), true}};
  std::vector<size_t> begins;
  return {zip_archive(files, ZipSizes::in_32_bits, begins),
          zip_archive(files, ZipSizes::in_64_bits, begins),
          zip_archive({}, ZipSizes::in_32_bits, begins)};
}

void try_input(std::string_view bytes) {
  const std::string fault = zip_fault(bytes);
  must_hold(!fault.empty() || bytes.size() >= 22, "an archive has a record at its end");
}

}  // namespace nmsw::fuzz
