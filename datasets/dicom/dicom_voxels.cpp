#include "datasets/dicom/dicom_voxels.h"

#include <algorithm>
#include <array>
#include <optional>

#include "datasets/dicom/dicom_codec.h"
#include "datasets/dicom/dicom_inflate.h"
#include "datasets/dicom/dicom_rle.h"
#include "datasets/dicom/dicom_words.h"
#include "nmsw/base/error.h"
#include "nmsw/base/plain_text.h"

namespace nmsw::datasets {
namespace {

enum class Syntax { native, rle, jpeg, jpeg_ls, jpeg_2000 };

struct KnownSyntax {
  std::string_view uid;
  Syntax syntax;
};
constexpr std::array kKnown{KnownSyntax{"1.2.840.10008.1.2", Syntax::native},
                            KnownSyntax{"1.2.840.10008.1.2.1", Syntax::native},
                            KnownSyntax{"1.2.840.10008.1.2.2", Syntax::native},
                            KnownSyntax{kDeflatedSyntax, Syntax::native},
                            KnownSyntax{"1.2.840.10008.1.2.5", Syntax::rle},
                            KnownSyntax{"1.2.840.10008.1.2.4.50", Syntax::jpeg},
                            KnownSyntax{"1.2.840.10008.1.2.4.51", Syntax::jpeg},
                            KnownSyntax{"1.2.840.10008.1.2.4.57", Syntax::jpeg},
                            KnownSyntax{"1.2.840.10008.1.2.4.70", Syntax::jpeg},
                            KnownSyntax{"1.2.840.10008.1.2.4.80", Syntax::jpeg_ls},
                            KnownSyntax{"1.2.840.10008.1.2.4.81", Syntax::jpeg_ls},
                            KnownSyntax{"1.2.840.10008.1.2.4.90", Syntax::jpeg_2000},
                            KnownSyntax{"1.2.840.10008.1.2.4.91", Syntax::jpeg_2000}};

Syntax syntax_of(const DicomFile& dicom, const std::string& file) {
  // Without file meta information nothing can be compressed.
  if (dicom.transfer_syntax.empty()) return Syntax::native;
  for (const KnownSyntax& known : kKnown) {
    if (known.uid == dicom.transfer_syntax) return known.syntax;
  }
  throw DataError(
      "{}: its transfer syntax {} is not supported; convert it to Explicit VR Little Endian (e.g. "
      "gdcmconv --raw)",
      file, printable_word(dicom.transfer_syntax));
}

std::vector<float> native_voxels(const DicomFile& dicom, const DicomPixelFormat& format,
                                 const std::string& file) {
  std::string_view bytes = dicom.pixels->native;
  const auto promised = static_cast<size_t>(format.count() * format.bytes_each());
  const auto row = static_cast<size_t>(format.columns * format.bytes_each());
  if (bytes.size() < promised) {
    throw DataError(
        "{}: is damaged or truncated: {} rows of {} columns take {} bytes, {} are there; copy or "
        "export it again",
        file, format.rows, format.columns, promised, bytes.size());
  }
  const std::string_view excess = bytes.substr(promised);
  // Less than a row is padding; more of it may be rows that the header does not count.
  if (excess.size() >= std::max<size_t>(row, 2) &&
      !std::all_of(excess.begin(), excess.end(), [](char c) { return c == '\0'; })) {
    throw DataError(
        "{}: {} rows of {} columns take {} bytes, but {} are there; its header is damaged, export "
        "it again",
        file, format.rows, format.columns, promised, bytes.size());
  }
  if (dicom.is_big_endian && format.bits_allocated == 8) {
    throw DataError("{}: stores bytes in big-endian words; convert it to little endian", file);
  }
  return rescaled(
      {bytes, format.bytes_each(), format.bits_stored, format.is_signed, dicom.is_big_endian},
      format, file);
}

/// Which bits of the decoded words count. A stream of JPEG or JPEG-LS has no sign, one of JPEG 2000
/// may leave it out: then the sign is where the file's header says.
int counted_bits(const JpegHeader& header, const DicomPixelFormat& format,
                 const std::string& file) {
  const int all = static_cast<int>(8 * decoded_bytes_each(header));
  const bool alike = header.is_signed == format.is_signed;
  if (alike) return all;
  if (format.is_signed && header.precision >= format.bits_stored) return format.bits_stored;
  throw DataError(
      "{}: says {} bits {} sign, but its compressed pixels {} bits {} sign; export it again", file,
      format.bits_stored, format.is_signed ? "with" : "without", header.precision,
      header.is_signed ? "with" : "without");
}

std::vector<float> jpeg_voxels(JpegKind kind, const std::string& stream,
                               const DicomPixelFormat& format, const std::string& file) {
  const auto header = kind == JpegKind::jpeg_2000 ? jpeg_2000_header(stream) : jpeg_header(stream);
  if (!header || header->components != 1 || header->columns != format.columns ||
      header->rows != format.rows || header->precision < 2 ||
      header->precision > format.bits_allocated) {
    throw DataError(
        "{}: its compressed pixels are damaged or others than its header says ({} rows of {} "
        "columns, one number of at most {} bits each); copy or export it again",
        file, format.rows, format.columns, format.bits_allocated);
  }
  // A slice larger than any scanner makes must be backed by bytes before memory is taken for it.
  constexpr int64_t kUsualVoxels = int64_t{1} << 24U, kMostVoxelsOfAByte = 1000;
  if (format.count() > kUsualVoxels &&
      format.count() / kMostVoxelsOfAByte > static_cast<int64_t>(stream.size())) {
    throw DataError("{}: says {} rows of {} columns but holds {} bytes of pixels; export it again",
                    file, format.rows, format.columns, stream.size());
  }
  const std::string words = decoded_jpeg(kind, stream, *header, file);
  return rescaled({words, decoded_bytes_each(*header), counted_bits(*header, format, file),
                   format.is_signed, false},
                  format, file);
}

std::string joined(const std::vector<std::string_view>& fragments) {
  std::string stream;
  for (const std::string_view fragment : fragments) stream += fragment;
  return stream;
}

}  // namespace

std::vector<float> dicom_voxels(const DicomFile& dicom, const DicomPixelFormat& format,
                                const std::string& file) {
  const Syntax syntax = syntax_of(dicom, file);
  if (dicom.pixels->is_encapsulated != (syntax != Syntax::native)) {
    throw DataError("{}: its pixels are {}, which its transfer syntax contradicts; export it again",
                    file, dicom.pixels->is_encapsulated ? "in fragments" : "in one piece");
  }
  if (syntax == Syntax::native) return native_voxels(dicom, format, file);
  const std::string stream = joined(dicom.pixels->fragments);
  switch (syntax) {
    case Syntax::rle:
      return rescaled({decoded_rle(stream, format, file), format.bytes_each(), format.bits_stored,
                       format.is_signed, true},
                      format, file);
    case Syntax::jpeg:
      return jpeg_voxels(JpegKind::jpeg, stream, format, file);
    case Syntax::jpeg_ls:
      return jpeg_voxels(JpegKind::jpeg_ls, stream, format, file);
    default:
      return jpeg_voxels(JpegKind::jpeg_2000, stream, format, file);
  }
}

}  // namespace nmsw::datasets
