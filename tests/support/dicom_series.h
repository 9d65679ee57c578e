#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "datasets/image_io.h"
#include "nmsw/base/atomic_file.h"
#include "nmsw/base/error.h"
#include "tests/support/dicom_slice.h"
#include "tests/support/expect_error.h"
#include "tests/support/temporary_folder.h"

namespace nmsw::testing {

/// A folder of slices of two rows and three columns.
class DicomFolder {
 public:
  const std::filesystem::path& path() const { return folder_.path(); }
  void put_bytes(const std::string& name, const std::string& bytes) const {
    write_text_atomically(folder_ / name, bytes);
  }
  void put(const std::string& name, const DicomSliceSpec& spec) const {
    put_bytes(name, dicom_bytes(spec));
  }
  /// That slice and two more above it.
  void put_three(const DicomSliceSpec& spec) const {
    DicomSliceSpec plain;
    plain.position = "0\\0\\2";
    put("1", plain);
    plain.position = "0\\0\\4";
    put("2", plain);
    put("0", spec);
  }
  std::vector<float> voxels() const { return datasets::read_image(path()).voxels; }
  void expect_fault(const std::vector<std::string>& parts) const {
    expect_error<DataError>([&] { datasets::read_image(path()); }, parts);
  }

 private:
  TemporaryFolder folder_;
};

}  // namespace nmsw::testing
