#pragma once

#include <filesystem>
#include <memory>
#include <string>
#include <string_view>

struct evp_md_ctx_st;

namespace nmsw {

/// SHA-256 of bytes that come in parts.
class Sha256 {
 public:
  Sha256();
  void add(std::string_view bytes);
  /// As 64 lower-case hexadecimal digits. Once; nothing can be added afterwards.
  std::string hex();

 private:
  std::unique_ptr<evp_md_ctx_st, void (*)(evp_md_ctx_st*)> context_;
};

/// SHA-256 of the bytes.
std::string sha256_hex(std::string_view bytes);

/// SHA-256 of a file's contents. Throws DataError when the file cannot be read.
std::string sha256_file(const std::filesystem::path& file);

}  // namespace nmsw
