#include "datasets/itk/itk_image_file.h"

#include <algorithm>
#include <iostream>

#include <itkMetaImageIO.h>
#include <itkNrrdImageIO.h>

#include "datasets/formats/meta_image_check.h"
#include "datasets/grid/geometry.h"
#include "datasets/itk/itk_voxels.h"
#include "nmsw/base/error.h"

namespace nmsw::datasets {
namespace {

namespace fs = std::filesystem;
using Component = itk::IOComponentEnum;

bool is_meta_image(const fs::path& file) {
  return file.extension() == ".mha" || file.extension() == ".mhd";
}

itk::ImageIOBase::Pointer make_io(const fs::path& file) {
  // ITK would print its warnings among our own lines; what matters is checked here and thrown.
  itk::Object::SetGlobalWarningDisplay(false);
  if (is_meta_image(file)) return itk::MetaImageIO::New().GetPointer();
  return itk::NrrdImageIO::New().GetPointer();
}

void check_dimensions(const itk::ImageIOBase& io, const std::string& file) {
  const unsigned dimensions = io.GetNumberOfDimensions();
  if (dimensions < 1) throw DataError("{}: names no dimensions; export the image again", file);
  for (unsigned axis = 3; axis < dimensions; ++axis) {
    if (io.GetDimensions(axis) > 1) {
      throw DataError(
          "{}: holds {} volumes along dimension {} (4-D image), expected one 3-D volume; extract "
          "one volume "
          "first",
          file, io.GetDimensions(axis), axis + 1);
    }
  }
  require_scalar_voxels(io, file);
}

Geometry geometry_of(const itk::ImageIOBase& io) {
  Geometry geometry;
  const unsigned dimensions = std::min(3U, io.GetNumberOfDimensions());
  geometry.extent_xyz = {1, 1, 1};
  for (unsigned axis = 0; axis < dimensions; ++axis) {
    geometry.extent_xyz[axis] = static_cast<int64_t>(io.GetDimensions(axis));
    geometry.spacing_xyz_mm[axis] = io.GetSpacing(axis);
    geometry.origin_lps_mm[axis] = io.GetOrigin(axis);
    const std::vector<double> direction = io.GetDirection(axis);
    for (unsigned row = 0; row < dimensions; ++row)
      geometry.direction_lps[row * 3 + axis] = direction[row];
  }
  return geometry;
}

ImageVolume read_checked(itk::ImageIOBase& io, const std::string& file,
                         std::vector<std::string>& notes) {
  io.SetFileName(file);
  io.ReadImageInformation();
  check_dimensions(io, file);
  ImageVolume image;
  image.geometry = checked_geometry(geometry_of(io), file, notes);
  image.voxels = read_itk_voxels(io, static_cast<size_t>(image.geometry.voxel_count()), file);
  return image;
}

Component component_of(StoredType type) {
  switch (type) {
    case StoredType::uint8:
      return Component::UCHAR;
    case StoredType::int16:
      return Component::SHORT;
    case StoredType::float32:
      return Component::FLOAT;
  }
  return Component::UNKNOWNCOMPONENTTYPE;
}

/// While it lives, nothing reaches std::cerr: MetaIO prints there what it does not throw.
class QuietErrorStream {
 public:
  QuietErrorStream() : before_(std::cerr.rdbuf(nullptr)) {}
  ~QuietErrorStream() { std::cerr.rdbuf(before_); }
  QuietErrorStream(const QuietErrorStream&) = delete;
  QuietErrorStream& operator=(const QuietErrorStream&) = delete;

 private:
  std::streambuf* before_;
};

}  // namespace

ImageVolume read_with_itk(const fs::path& file, std::vector<std::string>& notes) {
  if (is_meta_image(file)) check_meta_image(file);
  return with_itk_errors(file.string(), [&] {
    const itk::ImageIOBase::Pointer io = make_io(file);
    return read_checked(*io, file.string(), notes);
  });
}

void write_with_itk(const fs::path& file, const Geometry& geometry, StoredType type,
                    std::string_view voxels) {
  try {
    const itk::ImageIOBase::Pointer io = make_io(file);
    io->SetFileName(file.string());
    io->SetNumberOfDimensions(3);
    io->SetPixelType(itk::IOPixelEnum::SCALAR);
    io->SetNumberOfComponents(1);
    io->SetComponentType(component_of(type));
    io->SetUseCompression(true);
    itk::ImageIORegion region(3);
    for (unsigned axis = 0; axis < 3; ++axis) {
      const auto extent = static_cast<size_t>(geometry.extent_xyz[axis]);
      io->SetDimensions(axis, extent);
      io->SetSpacing(axis, geometry.spacing_xyz_mm[axis]);
      io->SetOrigin(axis, geometry.origin_lps_mm[axis]);
      io->SetDirection(
          axis, std::vector<double>{geometry.direction_lps[axis], geometry.direction_lps[3 + axis],
                                    geometry.direction_lps[6 + axis]});
      region.SetIndex(axis, 0);
      region.SetSize(axis, extent);
    }
    io->SetIORegion(region);
    {
      const QuietErrorStream quiet;
      io->Write(voxels.data());
    }
    // On a full disk MetaIO writes a part and reports success.
    if (is_meta_image(file)) check_meta_image(file);
  } catch (const itk::ExceptionObject& error) {
    throw DataError("{}: cannot be written ({}); check the free space", file.string(),
                    itk_message(error));
  } catch (const DataError&) {
    throw DataError("{}: cannot be written whole; check the free space", file.string());
  }
}

}  // namespace nmsw::datasets
