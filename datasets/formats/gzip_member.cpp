#include "datasets/formats/gzip_member.h"

#include <libdeflate.h>

namespace nmsw::datasets {

bool is_gzip(std::string_view bytes) {
  return bytes.size() >= 2 && bytes[0] == '\x1f' && bytes[1] == '\x8b';
}

size_t little_endian(std::string_view bytes, size_t at, size_t count) {
  size_t number = 0;
  for (size_t i = count; i > 0; --i) {
    number = number << 8 | static_cast<unsigned char>(bytes[at + i - 1]);
  }
  return number;
}

MemberInflater::MemberInflater()
    : held_(libdeflate_alloc_decompressor(), libdeflate_free_decompressor) {}

size_t MemberInflater::inflate(std::string_view bytes, char* to, size_t size) const {
  if (!held_) return 0;
  size_t taken = 0, produced = 0;
  const libdeflate_result result = libdeflate_gzip_decompress_ex(
      held_.get(), bytes.data(), bytes.size(), to, size, &taken, &produced);
  return result == LIBDEFLATE_SUCCESS && produced == size ? taken : 0;
}

}  // namespace nmsw::datasets
