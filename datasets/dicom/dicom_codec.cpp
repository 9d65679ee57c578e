#include "datasets/dicom/dicom_codec.h"

#include <algorithm>
#include <thread>

#include <gdcmDataElement.h>
#include <gdcmJPEG2000Codec.h>
#include <gdcmJPEGCodec.h>
#include <gdcmJPEGLSCodec.h>
#include <gdcmSequenceOfFragments.h>
#include <gdcmTrace.h>

#include "nmsw/base/error.h"

namespace nmsw::datasets {
namespace {

gdcm::DataElement encapsulated(const std::string& stream) {
  gdcm::Fragment fragment;
  fragment.SetByteValue(stream.data(), gdcm::VL(static_cast<uint32_t>(stream.size())));
  const gdcm::SmartPointer<gdcm::SequenceOfFragments> fragments = new gdcm::SequenceOfFragments;
  fragments->AddFragment(fragment);
  gdcm::DataElement pixels(gdcm::Tag(0x7fe0, 0x0010));
  pixels.SetVR(gdcm::VR::OB);
  pixels.SetValue(*fragments);
  return pixels;
}

template <class Codec>
std::string decoded_by(Codec& codec, const std::string& stream, const JpegHeader& header) {
  const unsigned extent[3] = {static_cast<unsigned>(header.columns),
                              static_cast<unsigned>(header.rows), 1};
  codec.SetNumberOfDimensions(2);
  codec.SetDimensions(extent);
  codec.SetPlanarConfiguration(0);
  codec.SetPhotometricInterpretation(gdcm::PhotometricInterpretation::MONOCHROME2);
  // What the stream says of itself: the file's header describes the values, not the stream.
  const auto precision = static_cast<unsigned short>(header.precision);
  codec.SetPixelFormat(
      gdcm::PixelFormat(1, static_cast<unsigned short>(8 * decoded_bytes_each(header)), precision,
                        static_cast<unsigned short>(precision - 1), header.is_signed ? 1 : 0));
  gdcm::DataElement decoded;
  if (!codec.Decode(encapsulated(stream), decoded)) return {};
  const gdcm::ByteValue* bytes = decoded.GetByteValue();
  if (bytes == nullptr) return {};
  return std::string(bytes->GetPointer(), bytes->GetLength());
}

std::string decoded_by_kind(JpegKind kind, const std::string& stream, const JpegHeader& header) {
  if (kind == JpegKind::jpeg_ls) {
    gdcm::JPEGLSCodec codec;
    return decoded_by(codec, stream, header);
  }
  if (kind == JpegKind::jpeg) {
    gdcm::JPEGCodec codec;
    return decoded_by(codec, stream, header);
  }
  gdcm::JPEG2000Codec codec;
  // More threads than this would fill the address space with their stacks.
  constexpr unsigned kMostThreads = 8;
  codec.SetNumberOfThreadsForDecompression(
      static_cast<int>(std::min(kMostThreads, std::thread::hardware_concurrency())));
  return decoded_by(codec, stream, header);
}

}  // namespace

int64_t decoded_bytes_each(const JpegHeader& header) {
  return header.precision <= 8 ? 1 : header.precision <= 16 ? 2 : 4;
}

std::string decoded_jpeg(JpegKind kind, const std::string& stream, const JpegHeader& header,
                         const std::string& file) {
  gdcm::Trace::WarningOff();
  gdcm::Trace::ErrorOff();
  std::string words;
  try {
    words = decoded_by_kind(kind, stream, header);
  } catch (const std::bad_alloc&) {
    throw;
  } catch (const std::exception& fault) {
    throw DataError("{}: its compressed pixels cannot be decoded ({}); copy or export it again",
                    file, fault.what());
  }
  if (static_cast<int64_t>(words.size()) !=
      header.columns * header.rows * decoded_bytes_each(header)) {
    throw DataError(
        "{}: its compressed pixels cannot be decoded; they are damaged or truncated, copy or "
        "export it again",
        file);
  }
  return words;
}

}  // namespace nmsw::datasets
