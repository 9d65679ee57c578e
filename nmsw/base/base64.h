#pragma once

#include <string>

namespace nmsw {

/// Bytes as RFC 4648 writes them, with padding.
std::string base64(const std::string& bytes);

}  // namespace nmsw
