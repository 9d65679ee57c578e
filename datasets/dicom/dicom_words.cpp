#include "datasets/dicom/dicom_words.h"

#include "nmsw/base/error.h"

namespace nmsw::datasets {
namespace {

uint32_t word_at(const DicomWords& words, int64_t index) {
  const auto* at = reinterpret_cast<const uint8_t*>(words.bytes.data()) + index * words.bytes_each;
  uint32_t word = 0;
  for (int64_t i = 0; i < words.bytes_each; ++i) {
    const int64_t place = words.is_big_endian ? words.bytes_each - 1 - i : i;
    word |= static_cast<uint32_t>(at[i]) << (8 * place);
  }
  return word;
}

uint32_t low_bits(int64_t bits) {
  return bits >= 32 ? ~uint32_t{0} : (uint32_t{1} << static_cast<uint32_t>(bits)) - 1;
}

}  // namespace

std::vector<float> rescaled(const DicomWords& words, const DicomPixelFormat& format,
                            const std::string& file) {
  const uint32_t all = low_bits(8 * words.bytes_each), counted = low_bits(words.bits);
  const uint32_t sign = words.is_signed ? uint32_t{1} << static_cast<uint32_t>(words.bits - 1) : 0;
  const uint32_t above = all & ~counted;
  std::vector<float> voxels(static_cast<size_t>(format.count()));
  for (int64_t i = 0; i < format.count(); ++i) {
    const uint32_t word = word_at(words, i);
    const bool is_negative = (word & sign) != 0;
    const uint32_t upper = word & above;
    if (upper != 0 && !(is_negative && upper == above) && !format.may_have_overlay) {
      throw DataError(
          "{}: says that {} bits are stored, but its voxel {} needs more; export the series again",
          file, words.bits, i);
    }
    const auto value =
        static_cast<double>(word & counted) - (is_negative ? 2 * static_cast<double>(sign) : 0.0);
    voxels[static_cast<size_t>(i)] = static_cast<float>(value * format.slope + format.intercept);
  }
  return voxels;
}

}  // namespace nmsw::datasets
