#pragma once

#include <string>
#include <string_view>

#include "datasets/dicom/jpeg_header.h"

namespace nmsw::datasets {

enum class JpegKind { jpeg, jpeg_ls, jpeg_2000 };

/// Bytes of one decoded value.
int64_t decoded_bytes_each(const JpegHeader& header);

/// Decodes a stream of one component through GDCM, to words in this machine's order. GDCM's own
/// reader of DICOM files is never called: it ends the process on some damaged headers. Throws
/// DataError naming `file`; may crash on a hostile stream.
std::string decoded_jpeg(JpegKind kind, const std::string& stream, const JpegHeader& header,
                         const std::string& file);

}  // namespace nmsw::datasets
