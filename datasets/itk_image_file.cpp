#include "datasets/itk_image_file.h"

#include <algorithm>
#include <exception>

#include <itkImageIOBase.h>
#include <itkMetaImageIO.h>
#include <itkNrrdImageIO.h>

#include "datasets/geometry.h"
#include "datasets/meta_image_check.h"
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

/// ITK's description without the object dump and line breaks around it.
std::string one_line(const char* text) {
  std::string line = text;
  const size_t colon = line.rfind("): ");
  if (colon != std::string::npos) line.erase(0, colon + 3);
  std::replace(line.begin(), line.end(), '\n', ' ');
  return line.substr(0, 200);
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
  if (io.GetNumberOfComponents() != 1 || io.GetPixelType() != itk::IOPixelEnum::SCALAR) {
    throw DataError(
        "{}: its voxels are {} of {} numbers, expected one number each; convert it to a scalar "
        "image",
        file, itk::ImageIOBase::GetPixelTypeAsString(io.GetPixelType()),
        io.GetNumberOfComponents());
  }
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

template <class Stored>
std::vector<float> read_as(itk::ImageIOBase& io, size_t count) {
  std::vector<Stored> stored(count);
  io.Read(stored.data());
  return std::vector<float>(stored.begin(), stored.end());
}

std::vector<float> read_voxels(itk::ImageIOBase& io, size_t count, const std::string& file) {
  switch (io.GetComponentType()) {
    case Component::UCHAR:
      return read_as<unsigned char>(io, count);
    case Component::CHAR:
      return read_as<signed char>(io, count);
    case Component::USHORT:
      return read_as<unsigned short>(io, count);
    case Component::SHORT:
      return read_as<short>(io, count);
    case Component::UINT:
      return read_as<unsigned int>(io, count);
    case Component::INT:
      return read_as<int>(io, count);
    case Component::ULONG:
      return read_as<unsigned long>(io, count);
    case Component::LONG:
      return read_as<long>(io, count);
    case Component::ULONGLONG:
      return read_as<unsigned long long>(io, count);
    case Component::LONGLONG:
      return read_as<long long>(io, count);
    case Component::FLOAT:
      return read_as<float>(io, count);
    case Component::DOUBLE:
      return read_as<double>(io, count);
    default:
      throw DataError("{}: its voxels are of unknown type; convert it to integers or floats", file);
  }
}

ImageVolume read_checked(itk::ImageIOBase& io, const std::string& file,
                         std::vector<std::string>& notes) {
  io.SetFileName(file);
  io.ReadImageInformation();
  check_dimensions(io, file);
  ImageVolume image;
  image.geometry = checked_geometry(geometry_of(io), file, notes);
  itk::ImageIORegion region(io.GetNumberOfDimensions());
  for (unsigned axis = 0; axis < io.GetNumberOfDimensions(); ++axis) {
    region.SetIndex(axis, 0);
    region.SetSize(axis, io.GetDimensions(axis));
  }
  io.SetIORegion(region);
  image.voxels = read_voxels(io, static_cast<size_t>(image.geometry.voxel_count()), file);
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

}  // namespace

ImageVolume read_with_itk(const fs::path& file, std::vector<std::string>& notes) {
  if (is_meta_image(file)) check_meta_image(file);
  try {
    const itk::ImageIOBase::Pointer io = make_io(file);
    return read_checked(*io, file.string(), notes);
  } catch (const itk::ExceptionObject& error) {
    throw DataError(
        "{}: cannot be read ({}); the file is truncated, damaged or of another kind, copy or "
        "export it again",
        file.string(), one_line(error.GetDescription()));
  } catch (const std::bad_alloc&) {
    throw DataError("{}: does not fit into memory; the header is damaged or the image too large",
                    file.string());
  }
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
    io->Write(voxels.data());
  } catch (const itk::ExceptionObject& error) {
    throw DataError("{}: cannot be written ({}); check the free space", file.string(),
                    one_line(error.GetDescription()));
  }
}

}  // namespace nmsw::datasets
