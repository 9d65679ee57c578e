#include "datasets/itk/itk_voxels.h"

#include <algorithm>

namespace nmsw::datasets {
namespace {

using Component = itk::IOComponentEnum;

template <class Stored>
std::vector<float> read_as(itk::ImageIOBase& io, size_t count) {
  std::vector<Stored> stored(count);
  io.Read(stored.data());
  return std::vector<float>(stored.begin(), stored.end());
}

void select_everything(itk::ImageIOBase& io) {
  itk::ImageIORegion region(io.GetNumberOfDimensions());
  for (unsigned axis = 0; axis < io.GetNumberOfDimensions(); ++axis) {
    region.SetIndex(axis, 0);
    region.SetSize(axis, io.GetDimensions(axis));
  }
  io.SetIORegion(region);
}

}  // namespace

std::string itk_message(const itk::ExceptionObject& error) {
  std::string line = error.GetDescription();
  const size_t colon = line.rfind("): ");
  if (colon != std::string::npos) line.erase(0, colon + 3);
  std::replace(line.begin(), line.end(), '\n', ' ');
  return line.substr(0, 200);
}

void require_scalar_voxels(const itk::ImageIOBase& io, const std::string& file) {
  if (io.GetNumberOfComponents() == 1 && io.GetPixelType() == itk::IOPixelEnum::SCALAR) return;
  throw DataError(
      "{}: its voxels are {} of {} numbers, expected one number each; convert it to a scalar image",
      file, itk::ImageIOBase::GetPixelTypeAsString(io.GetPixelType()), io.GetNumberOfComponents());
}

std::vector<float> read_itk_voxels(itk::ImageIOBase& io, size_t count, const std::string& file) {
  if (static_cast<size_t>(io.GetImageSizeInPixels()) != count) {
    throw DataError("{}: holds {} voxels where {} are expected; export the image again", file,
                    io.GetImageSizeInPixels(), count);
  }
  select_everything(io);
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

}  // namespace nmsw::datasets
