#pragma once

#include <string>
#include <string_view>

#include "datasets/dicom/dicom_pixel_format.h"

namespace nmsw::datasets {

/// Decodes one frame of RLE Lossless (PS3.5 annex G) to words in big-endian order, format.count()
/// of them. Throws DataError naming `file` where number, place or length of the segments contradict
/// the header or the bytes that are there.
std::string decoded_rle(std::string_view stream, const DicomPixelFormat& format,
                        const std::string& file);

}  // namespace nmsw::datasets
