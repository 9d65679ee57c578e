#include "datasets/itk/itk_image_file.h"

#include <iostream>

#include <itkMetaImageIO.h>

#include "datasets/formats/meta_file.h"
#include "datasets/itk/itk_voxels.h"
#include "nmsw/base/error.h"

namespace nmsw::datasets {
namespace {

namespace fs = std::filesystem;
using Component = itk::IOComponentEnum;

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

void write_meta_image(const fs::path& file, const Geometry& geometry, StoredType type,
                      std::string_view voxels) {
  try {
    // ITK would print its warnings among our own lines; what matters is checked here and thrown.
    itk::Object::SetGlobalWarningDisplay(false);
    const auto io = itk::MetaImageIO::New();
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
    std::vector<std::string> ignored;
    read_meta_image(file, ignored);
  } catch (const itk::ExceptionObject& error) {
    throw DataError("{}: cannot be written ({}); check the free space", file.string(),
                    itk_message(error));
  } catch (const DataError&) {
    throw DataError("{}: cannot be written whole; check the free space", file.string());
  }
}

}  // namespace nmsw::datasets
