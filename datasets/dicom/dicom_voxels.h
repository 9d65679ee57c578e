#pragma once

#include <string>
#include <vector>

#include "datasets/dicom/dicom_file.h"
#include "datasets/dicom/dicom_pixel_format.h"

namespace nmsw::datasets {

/// The voxels of one slice, rescaled: stored value times slope plus intercept. Decodes RLE itself;
/// JPEG, JPEG-LS and JPEG 2000 through GDCM, which may crash on a damaged stream: call it in a
/// child process.
///
/// throws   DataError naming `file`: an unknown transfer syntax; fewer or clearly more voxels than
///          rows and columns say; a compressed stream that is damaged or of another size; values
///          that need more bits than are stored
std::vector<float> dicom_voxels(const DicomFile& dicom, const DicomPixelFormat& format,
                                const std::string& file);

}  // namespace nmsw::datasets
