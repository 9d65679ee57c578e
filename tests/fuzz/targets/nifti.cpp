// Links: datasets_formats
#include <algorithm>

#include "datasets/formats/gzip.h"
#include "datasets/formats/nifti_file.h"
#include "datasets/formats/nifti_orientation.h"
#include "tests/fuzz/volume_promises.h"

namespace nmsw::fuzz {
namespace {

std::string file_of(const datasets::NiftiHeader& header, size_t bytes) {
  return datasets::nifti_bytes(header, std::string(bytes, '\3'));
}

}  // namespace

std::vector<std::string> seeds() {
  Geometry grid;
  grid.extent_xyz = {4, 3, 2};
  grid.spacing_xyz_mm = {0.75, 1.25, 2.5};
  const datasets::NiftiHeader plain = datasets::make_nifti_header(grid, datasets::NiftiType::uint8);
  datasets::NiftiHeader scaled = datasets::make_nifti_header(grid, datasets::NiftiType::int16);
  scaled.scl_slope = 2;
  scaled.sform_code = 0;
  datasets::NiftiHeader bare = datasets::make_nifti_header(grid, datasets::NiftiType::float64);
  bare.sform_code = bare.qform_code = 0;
  std::string swapped = file_of(plain, 24);
  std::reverse(swapped.begin(), swapped.begin() + 4);
  return {file_of(plain, 24),
          file_of(scaled, 48),
          file_of(bare, 200),
          swapped,
          datasets::gzip(file_of(plain, 24)),
          datasets::gzip(file_of(plain, 10)) + datasets::gzip("more than ten bytes")};
}

void try_input(std::string_view bytes) {
  const datasets::NiftiInfo info = datasets::nifti_info(bytes, "input");
  std::vector<std::string> notes;
  const ImageVolume image = datasets::nifti_volume(info, bytes, "input", notes);
  volume_must_hold(image);
  // A label map like this image lies on the same grid.
  datasets::NiftiHeader like = datasets::label_nifti_header(info.header);
  if (datasets::has_damaged_geometry(like)) datasets::set_nifti_geometry(like, image.geometry);
  const Geometry again = datasets::nifti_info(datasets::nifti_bytes(like, ""), "output").geometry;
  datasets::require_same_grid(image.geometry, "input", again, "output");
}

}  // namespace nmsw::fuzz
