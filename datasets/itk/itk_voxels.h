#pragma once

#include <new>
#include <string>
#include <vector>

#include <itkImageIOBase.h>

#include "nmsw/base/error.h"

namespace nmsw::datasets {

/// ITK's description of a fault without the object dump and line breaks around it.
std::string itk_message(const itk::ExceptionObject& error);

/// Refuses vector and colour voxels. ReadImageInformation must have been called.
void require_scalar_voxels(const itk::ImageIOBase& io, const std::string& file);

/// All voxels of the file as floats. `count` is how many the caller expects; a file of another
/// count is refused.
std::vector<float> read_itk_voxels(itk::ImageIOBase& io, size_t count, const std::string& file);

/// What `read` returns; ITK's own exceptions become DataErrors that name the file.
template <class Read>
auto with_itk_errors(const std::string& file, const Read& read) {
  try {
    return read();
  } catch (const itk::ExceptionObject& error) {
    throw DataError(
        "{}: cannot be read ({}); the file is truncated, damaged or of another kind, copy or "
        "export it again",
        file, itk_message(error));
  } catch (const std::bad_alloc&) {
    throw DataError("{}: does not fit into memory; the header is damaged or the image too large",
                    file);
  }
}

}  // namespace nmsw::datasets
